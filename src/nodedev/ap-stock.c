/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-stock.c: finds and loads libvirt's own node device module.
 */
#include "ap-stock.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <libvirt-ap/ap-error.h>

#include "ap-binding.h"
#include "ap-i18n.h"

static char *
stock_path(void)
{
    const char *path = secure_getenv(AP_STOCK_ENVIRONMENT);

    if (path && *path)
        return g_strdup(path);
    return g_build_filename(AP_STOCK_DRIVER_DIR, "libvirt_driver_nodedev.so", NULL);
}

/* Whether @info is the very file that this code was loaded from. */
static gboolean
is_our_own(const struct stat *info)
{
    struct stat own;
    Dl_info where;

    return dladdr((void *)is_our_own, &where) && stat(where.dli_fname, &own) == 0 &&
           own.st_dev == info->st_dev && own.st_ino == info->st_ino;
}

static gboolean
check_file(const char *path, GError **error)
{
    struct stat info;

    if (stat(path, &info) < 0) {
        g_set_error(error, AP_ERROR, AP_ERROR_INTERNAL,
                    _("libvirt's own node device module '%s' is not there (%s)"), path,
                    g_strerror(errno));
        return FALSE;
    }
    if (is_our_own(&info)) {
        g_set_error(error, AP_ERROR, AP_ERROR_INTERNAL,
                    _("'%s' is this module itself, not libvirt's own; name that in %s"),
                    path, AP_STOCK_ENVIRONMENT);
        return FALSE;
    }
    return TRUE;
}

static void
look_up(ApStock *stock)
{
#define AP_STOCK_LOOK_UP(name) *(void **)&stock->name = dlsym(stock->handle, #name);
    AP_STOCK_LOOK_UP(nodedevRegister)
    AP_ENTRY_POINTS(AP_STOCK_LOOK_UP)
    AP_NEWER_ENTRY_POINTS(AP_STOCK_LOOK_UP)
#undef AP_STOCK_LOOK_UP
}

ApStockResult
ap_stock_load(ApStock *stock, GError **error)
{
    stock->path = stock_path();
    if (!check_file(stock->path, error))
        return AP_STOCK_MISSING;
    stock->handle = dlopen(stock->path, RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE);
    if (!stock->handle) {
        g_set_error(error, AP_ERROR, AP_ERROR_INTERNAL, _("cannot load module '%s': %s"),
                    stock->path, dlerror());
        return AP_STOCK_BROKEN;
    }
    look_up(stock);
    if (!stock->nodedevRegister) {
        g_set_error(error, AP_ERROR, AP_ERROR_INTERNAL,
                    _("cannot find 'nodedevRegister' in module '%s'"), stock->path);
        return AP_STOCK_BROKEN;
    }
    return AP_STOCK_LOADED;
}

/* How many of the first @n_entries, the newer ones behind them included, the stock
 * module has at all. */
static gsize
count_present(const ApBindingEntry *entries, gsize n_required, gsize n_entries)
{
    while (n_entries > n_required && !entries[n_entries - 1].theirs)
        n_entries--;
    return n_entries;
}

gboolean
ap_stock_bind(const ApStock *stock, GError **error)
{
#define AP_STOCK_ENTRY(name) { #name, (void *)&name, *(void *const *)&stock->name, 0, 0 },
#define AP_STOCK_COUNT(name) +1
    ApBindingEntry entries[] = { AP_ENTRY_POINTS(AP_STOCK_ENTRY)
                                     AP_NEWER_ENTRY_POINTS(AP_STOCK_ENTRY) };
    gsize n_required = 0 AP_ENTRY_POINTS(AP_STOCK_COUNT);
#undef AP_STOCK_COUNT
#undef AP_STOCK_ENTRY

    return ap_binding_establish(stock->handle, entries,
                                count_present(entries, n_required, G_N_ELEMENTS(entries)),
                                error);
}
