/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-pool-use.c: looks for the host's own users of crypto cards in sysfs and proc.
 */
#include "ap-pool-use.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "ap-apqn.h"
#include "ap-i18n.h"
#include "ap-name.h"
#include "ap-openssl.h"
#include "ap-paths.h"
#include "ap-process.h"
#include "ap-sysfs.h"

/* The node for all queues of the host, which OpenSSL opens unasked. */
#define NODE_OF_ALL "z90crypt"
/* The one that makes protected keys of secure ones, with a coprocessor. */
#define NODE_OF_KEYS "pkey"
#define DEV          "/dev/"
#define TARGET_SIZE  300
#define VALUE_SIZE   64

typedef struct {
    char *name;
    ApMatrix queues;
    gboolean has_keys;
    guint n_open; /* how often the process has it open */
} Node;

typedef struct {
    int root;
    const ApMatrix *around;
    ApPoolUse *use;
    GPtrArray *nodes;
    const char *pid; /* process that is looked at */
    ApOpensslSeen *libraries;
} Search;

static void
node_free(gpointer data)
{
    Node *node = data;

    g_free(node->name);
    g_free(node);
}

/* --- queues -------------------------------------------------------------- */

static gboolean
read_value(const Search *search,
           guint adapter,
           guint domain,
           const char *file,
           char value[VALUE_SIZE])
{
    g_autofree char *path = NULL;
    char queue[AP_APQN_SIZE];
    gboolean present = FALSE;

    ap_apqn_format(adapter, domain, queue);
    path = g_strdup_printf(AP_PATH_CARDS "/card%.2s/%s/%s", queue, queue, file);
    /* A queue may be gone by now, or have lost the driver that has the file. */
    return ap_sysfs_read(search->root, path, value, VALUE_SIZE, &present, NULL) &&
           present;
}

static gboolean
is_counted(const Search *search, guint adapter, guint domain, const char *file)
{
    char value[VALUE_SIZE];

    return read_value(search, adapter, domain, file, value) &&
           g_ascii_strtoull(value, NULL, 10) > 0;
}

static void
take_queue(const char *name, gpointer data)
{
    Search *search = data;
    guint adapter, domain;
    char value[VALUE_SIZE];

    if (!ap_sysfs_name_parse_queue(name, &adapter, &domain))
        return;
    apc_mask_set(&search->use->present.of[adapter], domain);
    if (!read_value(search, adapter, domain, "driver_override", value))
        return;
    search->use->can_override = TRUE;
    if (*value)
        apc_mask_set(&search->use->overridden.of[adapter], domain);
    if (*value && !g_str_equal(value, "vfio_ap"))
        apc_mask_set(&search->use->pinned.of[adapter], domain);
}

static void
take_host_queue(const char *name, gpointer data)
{
    Search *search = data;
    ApPoolUse *use = search->use;
    guint adapter, domain;

    if (!ap_sysfs_name_parse_queue(name, &adapter, &domain) ||
        !is_counted(search, adapter, domain, "online"))
        return;
    apc_mask_set(&use->usable.of[adapter], domain);
    if (!apc_mask_test(&search->around->adapters, adapter) &&
        !apc_mask_test(&search->around->domains, domain))
        return;
    if (is_counted(search, adapter, domain, "request_count"))
        apc_mask_set(&use->used.of[adapter], domain);
    if (is_counted(search, adapter, domain, "requestq_count") ||
        is_counted(search, adapter, domain, "pendingq_count"))
        apc_mask_set(&use->busy.of[adapter], domain);
}

static ApMode
read_mode(int root, guint adapter)
{
    g_autofree char *path = g_strdup_printf(AP_PATH_CARDS "/card%02x/type", adapter);
    gboolean present = FALSE;
    char type[VALUE_SIZE];

    if (!ap_sysfs_read(root, path, type, sizeof(type), &present, NULL) || !present)
        return AP_MODE_NONE;
    return ap_mode_of_type(type);
}

static gboolean
read_queues(Search *search, GError **error)
{
    ApPoolUse *use = search->use;

    if (!ap_sysfs_scan(search->root, AP_PATH_BUS_DEVICES, take_queue, search, error) ||
        !ap_sysfs_scan(search->root, AP_PATH_HOST_QUEUES, take_host_queue, search, error))
        return FALSE;
    for (guint adapter = 0; adapter < APC_IDS; adapter++) {
        if (!apc_mask_empty(&use->present.of[adapter]))
            use->modes[adapter] = read_mode(search->root, adapter);
    }
    return TRUE;
}

/* The lines of the current keys; those that the card does not tell are not known. */
static char *
read_keys(gpointer data, guint adapter, guint domain)
{
    g_autofree char *path = NULL;
    g_auto(GStrv) lines = NULL;
    GString *keys = g_string_new(NULL);
    char queue[AP_APQN_SIZE];
    char text[AP_SYSFS_ATTR_MAX];
    gboolean present = FALSE;

    ap_apqn_format(adapter, domain, queue);
    path = g_strdup_printf(AP_PATH_CARDS "/card%.2s/%s/mkvps", queue, queue);
    if (ap_sysfs_read(GPOINTER_TO_INT(data), path, text, sizeof(text), &present, NULL) &&
        present)
        lines = g_strsplit(text, "\n", -1);
    for (gsize i = 0; lines && lines[i]; i++) {
        if (strstr(lines[i], " CUR:") && !strstr(lines[i], "- -"))
            g_string_append_printf(keys, "%s\n", lines[i]);
    }
    return g_string_free(keys, keys->len == 0);
}

/* --- programs ------------------------------------------------------------ */

static void
read_mask(int root, const char *node, const char *file, struct apc_mask *mask)
{
    g_autofree char *path = g_strconcat(AP_PATH_ZCRYPT "/", node, "/", file, NULL);
    char text[AP_SYSFS_ATTR_MAX];

    /* Who could use it all must be taken for one who does. */
    if (!ap_sysfs_read(root, path, text, sizeof(text), NULL, NULL) ||
        apc_mask_parse_hex(mask, text, strlen(text)))
        apc_mask_fill(mask);
}

static void
add_node(const char *name, gpointer data)
{
    Search *search = data;
    Node *node = g_new0(Node, 1);

    node->name = g_strdup(name);
    node->has_keys = g_str_equal(name, NODE_OF_KEYS);
    read_mask(search->root, name, "apmask", &node->queues.adapters);
    read_mask(search->root, name, "aqmask", &node->queues.domains);
    g_ptr_array_add(search->nodes, node);
}

static void
add_user(Search *search, const Node *node)
{
    g_autofree char *name = ap_process_read_name(search->root, search->pid);
    ApPoolUser *user =
        ap_pool_use_add(search->use, &node->queues,
                        g_strdup_printf(_("process %s (%s) has %s%s open"), search->pid,
                                        name ? name : "?", DEV, node->name));

    user->has_keys = node->has_keys;
    user->is_certain = !g_str_equal(node->name, NODE_OF_ALL);
    user->only_accelerates =
        !user->is_certain && node->n_open == 1 &&
        ap_openssl_opens_node(search->root, search->pid, search->libraries);
}

static void
visit_fd(const char *name, gpointer data)
{
    Search *search = data;
    g_autofree char *path =
        g_strconcat(AP_PATH_PROC "/", search->pid, "/fd/", name, NULL);
    char target[TARGET_SIZE];
    ssize_t len = readlinkat(search->root, path, target, sizeof(target) - 1);

    if (len < 0)
        return;
    target[len] = '\0';
    if (!g_str_has_prefix(target, DEV))
        return;
    for (guint i = 0; i < search->nodes->len; i++) {
        Node *node = search->nodes->pdata[i];

        node->n_open += g_str_equal(target + strlen(DEV), node->name);
    }
}

static void
visit_process(const char *name, gpointer data)
{
    Search *search = data;
    g_autofree char *path = NULL;

    if (!g_ascii_isdigit(name[0]))
        return;
    search->pid = name;
    path = g_strconcat(AP_PATH_PROC "/", name, "/fd", NULL);
    /* Processes end while we look. */
    (void)ap_sysfs_scan(search->root, path, visit_fd, search, NULL);
    for (guint i = 0; i < search->nodes->len; i++) {
        Node *node = search->nodes->pdata[i];

        if (node->n_open > 0)
            add_user(search, node);
        node->n_open = 0;
    }
}

/* --- the kernel ---------------------------------------------------------- */

/* Whether a paragraph of /proc/crypto is about a cipher with protected keys that
 * somebody has: the list itself is one reference. */
static gboolean
is_protected_cipher(const char *paragraph)
{
    g_auto(GStrv) lines = g_strsplit(paragraph, "\n", -1);
    gboolean is_protected = FALSE;
    guint64 references = 0;

    for (gsize i = 0; lines[i]; i++) {
        const char *colon = strchr(lines[i], ':');

        if (colon && g_str_has_prefix(lines[i], "driver "))
            is_protected = strstr(colon, "paes") || strstr(colon, "phmac");
        else if (colon && g_str_has_prefix(lines[i], "refcnt "))
            references = g_ascii_strtoull(colon + 1, NULL, 10);
    }
    return is_protected && references > 1;
}

/* All of /proc/crypto, which comes piece by piece; NULL when it cannot be read. */
static char *
read_crypto(int root)
{
    int fd = TEMP_FAILURE_RETRY(openat(root, AP_PATH_CRYPTO, O_RDONLY | O_CLOEXEC));
    GString *text = g_string_new(NULL);
    char piece[AP_SYSFS_ATTR_MAX];
    gssize len;

    if (fd < 0)
        return errno == ENOENT ? g_string_free(text, FALSE) : g_string_free(text, TRUE);
    while ((len = TEMP_FAILURE_RETRY(read(fd, piece, sizeof(piece)))) > 0)
        g_string_append_len(text, piece, len);
    close(fd);
    return g_string_free(text, len < 0);
}

/* The kernel makes protected keys anew when it has to, and then wants a coprocessor. */
static gboolean
read_ciphers(Search *search, GError **error)
{
    g_autofree char *text = read_crypto(search->root);
    g_auto(GStrv) paragraphs = NULL;
    ApMatrix all;

    if (!text) {
        g_set_error(error, AP_ERROR, AP_ERROR_IO, _("cannot read '/%s': %s"),
                    AP_PATH_CRYPTO, g_strerror(errno));
        return FALSE;
    }
    apc_mask_fill(&all.adapters);
    apc_mask_fill(&all.domains);
    paragraphs = g_strsplit(text, "\n\n", -1);
    for (gsize i = 0; paragraphs[i]; i++) {
        ApPoolUser *user;

        if (!is_protected_cipher(paragraphs[i]))
            continue;
        user = ap_pool_use_add(search->use, &all,
                               g_strdup(_("the kernel encrypts with protected keys")));
        user->is_certain = user->has_keys = TRUE;
        break;
    }
    return TRUE;
}

/* -1, as the kernel says, where there is none. */
static gboolean
read_default_domain(int root, gint *domain, GError **error)
{
    gint64 number = -1;
    gboolean present;
    char text[32];

    if (!ap_sysfs_read(root, AP_PATH_BUS "/ap_domain", text, sizeof(text), &present,
                       error))
        return FALSE;
    if (present)
        number = g_ascii_strtoll(text, NULL, 10);
    *domain = number >= 0 && number < APC_IDS ? (gint)number : -1;
    return TRUE;
}

ApPoolUse *
ap_pool_use_read(int root, const ApMatrix *around, GError **error)
{
    g_autoptr(ApPoolUse) use = ap_pool_use_new();
    g_autoptr(GPtrArray) nodes = g_ptr_array_new_with_free_func(node_free);
    g_autoptr(GHashTable) libraries = ap_openssl_seen_new();
    Search search = {
        .root = root, .around = around, .use = use, .nodes = nodes, .libraries = libraries
    };

    use->read_keys = read_keys;
    use->keys_data = GINT_TO_POINTER(root);
    if (!read_queues(&search, error) ||
        !read_default_domain(root, &use->default_domain, error))
        return NULL;
    add_node(NODE_OF_ALL, &search);
    add_node(NODE_OF_KEYS, &search);
    if (!ap_sysfs_scan(root, AP_PATH_ZCRYPT, add_node, &search, error) ||
        !ap_sysfs_scan(root, AP_PATH_PROC, visit_process, &search, error) ||
        !read_ciphers(&search, error))
        return NULL;
    return g_steal_pointer(&use);
}
