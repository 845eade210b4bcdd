/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-binding.c: finds the slots of a loaded module that hold an entry point's
 * address, from the program headers alone: no symbol or layout of the module
 * is known here.
 */
#include "ap-binding.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <libvirt-ap/ap-error.h>

#include "ap-i18n.h"

/* The loaded module: what dl_iterate_phdr() tells about it. */
typedef struct {
    const struct link_map *map;
    ElfW(Addr) base;
    const ElfW(Phdr) * headers;
    ElfW(Half) n_headers;
    gboolean found;
} ApBindingImage;

/* A word to rewrite. */
typedef struct {
    void **address;
    void *value;
} ApBindingSlot;

static int
match_image(struct dl_phdr_info *info, size_t size G_GNUC_UNUSED, void *opaque)
{
    ApBindingImage *image = opaque;

    if (info->dlpi_addr != image->map->l_addr ||
        g_strcmp0(info->dlpi_name, image->map->l_name) != 0)
        return 0;
    image->base = info->dlpi_addr;
    image->headers = info->dlpi_phdr;
    image->n_headers = info->dlpi_phnum;
    image->found = TRUE;
    return 1;
}

static gboolean
find_image(void *handle, ApBindingImage *image, GError **error)
{
    struct link_map *map = NULL;

    if (dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0 || !map) {
        g_set_error(error, AP_ERROR, AP_ERROR_INTERNAL,
                    _("the dynamic linker does not tell where the module is: %s"),
                    dlerror());
        return FALSE;
    }
    image->map = map;
    dl_iterate_phdr(match_image, image);
    if (!image->found)
        g_set_error(error, AP_ERROR, AP_ERROR_INTERNAL,
                    _("module '%s' has no program headers"), map->l_name);
    return image->found;
}

/* Whether @address lies in a segment of @image. */
static gboolean
image_contains(const ApBindingImage *image, const void *address)
{
    ElfW(Half) i;

    for (i = 0; i < image->n_headers; i++) {
        const ElfW(Phdr) *header = &image->headers[i];
        ElfW(Addr) offset = (ElfW(Addr))address - image->base - header->p_vaddr;

        if (header->p_type == PT_LOAD && offset < header->p_memsz)
            return TRUE;
    }
    return FALSE;
}

static void
examine_word(void **address,
             const void *value,
             ApBindingEntry *entries,
             gsize n_entries,
             GArray *slots)
{
    gsize i;

    for (i = 0; i < n_entries; i++) {
        if (value == entries[i].ours) {
            entries[i].n_ours++;
        } else if (value == entries[i].theirs) {
            ApBindingSlot slot = { address, entries[i].ours };

            entries[i].n_theirs++;
            g_array_append_val(slots, slot);
        }
    }
}

/* Reads data that belongs to somebody else, padding between variables
 * included, which an instrumented module would have poisoned. */
__attribute__((no_sanitize_address)) static void
scan_image(const ApBindingImage *image,
           ApBindingEntry *entries,
           gsize n_entries,
           GArray *slots)
{
    ElfW(Half) i;

    for (i = 0; i < image->n_headers; i++) {
        const ElfW(Phdr) *header = &image->headers[i];
        guintptr start = image->base + header->p_vaddr;
        guintptr end = start + header->p_memsz;
        void **word = (void **)((start + sizeof(void *) - 1) & ~(sizeof(void *) - 1));

        if (header->p_type != PT_LOAD || !(header->p_flags & PF_W))
            continue;
        for (; (guintptr)(word + 1) <= end; word++)
            examine_word(word, *word, entries, n_entries, slots);
    }
}

/* The pages that the dynamic linker made read-only after relocation, rounded
 * as it rounds them. */
static gboolean
slot_is_read_only(const ApBindingImage *image, guintptr address, gsize page_size)
{
    ElfW(Half) i;

    for (i = 0; i < image->n_headers; i++) {
        const ElfW(Phdr) *header = &image->headers[i];
        guintptr start = (image->base + header->p_vaddr) & ~(page_size - 1);
        guintptr end =
            (image->base + header->p_vaddr + header->p_memsz) & ~(page_size - 1);

        if (header->p_type == PT_GNU_RELRO && address >= start && address < end)
            return TRUE;
    }
    return FALSE;
}

__attribute__((no_sanitize_address)) static gboolean
write_slot(const ApBindingImage *image, const ApBindingSlot *slot, GError **error)
{
    gsize page_size = sysconf(_SC_PAGESIZE);
    void *page = (void *)((guintptr)slot->address & ~(page_size - 1));
    gboolean read_only = slot_is_read_only(image, (guintptr)slot->address, page_size);

    if (read_only && mprotect(page, page_size, PROT_READ | PROT_WRITE) != 0) {
        g_set_error(error, AP_ERROR, AP_ERROR_INTERNAL,
                    _("cannot make a slot of module '%s' writable: %s"),
                    image->map->l_name, g_strerror(errno));
        return FALSE;
    }
    __atomic_store_n(slot->address, slot->value, __ATOMIC_RELEASE);
    if (read_only && mprotect(page, page_size, PROT_READ) != 0) {
        g_set_error(error, AP_ERROR, AP_ERROR_INTERNAL,
                    _("cannot protect a slot of module '%s' again: %s"),
                    image->map->l_name, g_strerror(errno));
        return FALSE;
    }
    return TRUE;
}

static gboolean
check_symbols(const ApBindingImage *image,
              const ApBindingEntry *entries,
              gsize n_entries,
              GError **error)
{
    gsize i;

    for (i = 0; i < n_entries; i++) {
        if (!entries[i].theirs || !image_contains(image, entries[i].theirs)) {
            g_set_error(error, AP_ERROR, AP_ERROR_INTERNAL,
                        _("module '%s' does not export '%s'"), image->map->l_name,
                        entries[i].name);
            return FALSE;
        }
    }
    return TRUE;
}

/* A linker may fold functions that do the same into one; whose slot a word is can
 * then not be told from what it holds. */
static gboolean
check_distinct(const ApBindingImage *image,
               const ApBindingEntry *entries,
               gsize n_entries,
               GError **error)
{
    gsize i, j;

    for (i = 0; i < n_entries; i++) {
        for (j = 0; j < i; j++) {
            if (entries[i].n_theirs == 0 || entries[i].theirs != entries[j].theirs)
                continue;
            g_set_error(error, AP_ERROR, AP_ERROR_INTERNAL,
                        _("module '%s' has one function for '%s' and '%s'"),
                        image->map->l_name, entries[j].name, entries[i].name);
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean
check_slots(const ApBindingImage *image,
            const ApBindingEntry *entries,
            gsize n_entries,
            GError **error)
{
    gsize i;

    for (i = 0; i < n_entries; i++) {
        if (entries[i].n_ours == 0 && entries[i].n_theirs == 0) {
            g_set_error(error, AP_ERROR, AP_ERROR_INTERNAL,
                        _("module '%s' holds no reference to '%s'"), image->map->l_name,
                        entries[i].name);
            return FALSE;
        }
    }
    return TRUE;
}

gboolean
ap_binding_establish(void *handle,
                     ApBindingEntry *entries,
                     gsize n_entries,
                     GError **error)
{
    g_autoptr(GArray) slots = g_array_new(FALSE, FALSE, sizeof(ApBindingSlot));
    ApBindingImage image = { 0 };
    guint i;

    if (!find_image(handle, &image, error) ||
        !check_symbols(&image, entries, n_entries, error))
        return FALSE;
    scan_image(&image, entries, n_entries, slots);
    if (!check_slots(&image, entries, n_entries, error) ||
        !check_distinct(&image, entries, n_entries, error))
        return FALSE;
    for (i = 0; i < slots->len; i++) {
        if (!write_slot(&image, &g_array_index(slots, ApBindingSlot, i), error))
            return FALSE;
    }
    return TRUE;
}
