/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-virt.c: the functions of libvirt.so that only libvirt's own drivers use,
 * and errors and warnings through them.
 */
#include "ap-virt.h"

#include <dlfcn.h>
#include <syslog.h>

#include <libvirt-ap/ap-error.h>

#include "ap-i18n.h"
#include "ap-text.h"

/* Older libraries lack entry points and flags that we rely on. */
#define AP_VIRT_OLDEST (9 * 1000000UL)
/* From here on there are the newer ones. */
#define AP_VIRT_NEWER 10001000UL

ApVirt ap_virt;

/* A name, and where its address goes. */
typedef struct {
    const char *name;
    void *slot;
} ApVirtSymbol;

#define AP_VIRT_PLAIN(X)                                                                 \
    X(virGetConnect)                                                                     \
    X(virGetNodeDevice)                                                                  \
    X(virRaiseErrorFull)                                                                 \
    X(virReportErrorHelper)                                                              \
    X(virObjectEventStateNew)                                                            \
    X(virObjectEventStateQueue)                                                          \
    X(virObjectEventStateDeregisterID)                                                   \
    X(virNodeDeviceEventStateRegisterID)                                                 \
    X(virNodeDeviceEventLifecycleNew)                                                    \
    X(virNodeDeviceEventUpdateNew)

#define AP_VIRT_SYMBOL(name) { #name, &ap_virt.name },
static const ApVirtSymbol symbols[] = { AP_VIRT_PLAIN(AP_VIRT_SYMBOL)
                                            AP_VIRT_CONNECT_ACL(AP_VIRT_SYMBOL)
                                                AP_VIRT_DEVICE_ACL(AP_VIRT_SYMBOL)
                                                    AP_VIRT_FILTER_ACL(AP_VIRT_SYMBOL) };
static const ApVirtSymbol newer_symbols[] = { AP_VIRT_NEWER_ACL(AP_VIRT_SYMBOL) };
#undef AP_VIRT_SYMBOL

static const struct {
    ApError ours;
    virErrorNumber libvirts;
} codes[] = {
    { AP_ERROR_INTERNAL, VIR_ERR_INTERNAL_ERROR },
    { AP_ERROR_XML, VIR_ERR_XML_ERROR },
    { AP_ERROR_SCHEMA, VIR_ERR_XML_INVALID_SCHEMA },
    { AP_ERROR_UNSUPPORTED, VIR_ERR_CONFIG_UNSUPPORTED },
    /* What libvirt says of a parent that has no mediated devices. */
    { AP_ERROR_PARENT, VIR_ERR_PARSE_FAILED },
    { AP_ERROR_NOT_FOUND, VIR_ERR_NO_NODE_DEVICE },
    { AP_ERROR_EXISTS, VIR_ERR_OPERATION_INVALID },
    { AP_ERROR_CONFLICT, VIR_ERR_OPERATION_INVALID },
    { AP_ERROR_HOST_POOL, VIR_ERR_OPERATION_INVALID },
    { AP_ERROR_NOT_ACTIVE, VIR_ERR_OPERATION_INVALID },
    { AP_ERROR_NOT_DEFINED, VIR_ERR_OPERATION_INVALID },
    { AP_ERROR_BUSY, VIR_ERR_OPERATION_INVALID },
    { AP_ERROR_LOCKED, VIR_ERR_RESOURCE_BUSY },
    { AP_ERROR_IO, VIR_ERR_SYSTEM_ERROR },
    { AP_ERROR_CONFIG, VIR_ERR_CONF_SYNTAX },
    { AP_ERROR_CHANGED, VIR_ERR_OPERATION_INVALID },
};
G_STATIC_ASSERT(G_N_ELEMENTS(codes) == AP_ERROR_LAST);

void *
ap_virt_resolve(const char *name)
{
    return dlsym(RTLD_DEFAULT, name);
}

/* Where the object begins that @address lies in; NULL for none. */
static void *
object_of(void *address)
{
    Dl_info info;

    return dladdr(address, &info) ? info.dli_fbase : NULL;
}

static gboolean
resolve_symbol(const ApVirtSymbol *symbol, ApVirtResolver resolver, GError **error)
{
    void *address = resolver(symbol->name);

    if (!address) {
        g_set_error(error, AP_ERROR, AP_ERROR_INTERNAL, _("libvirt has no function '%s'"),
                    symbol->name);
        return FALSE;
    }
    if (object_of(address) != object_of((void *)virGetVersion)) {
        g_set_error(error, AP_ERROR, AP_ERROR_INTERNAL,
                    _("'%s' is not that of the libvirt library in use"), symbol->name);
        return FALSE;
    }
    *(void **)symbol->slot = address;
    return TRUE;
}

static gboolean
resolve_symbols(const ApVirtSymbol *list,
                gsize n,
                ApVirtResolver resolver,
                GError **error)
{
    for (gsize i = 0; i < n; i++) {
        if (!resolve_symbol(&list[i], resolver, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
check_version(GError **error)
{
    if (virGetVersion(&ap_virt.version, NULL, NULL) < 0) {
        g_set_error(error, AP_ERROR, AP_ERROR_INTERNAL,
                    _("libvirt does not tell its version"));
        return FALSE;
    }
    if (ap_virt.version < AP_VIRT_OLDEST) {
        g_set_error(error, AP_ERROR, AP_ERROR_INTERNAL,
                    _("libvirt %lu.%lu is too old: 9.0 or newer is needed"),
                    ap_virt.version / 1000000, ap_virt.version / 1000 % 1000);
        return FALSE;
    }
    return TRUE;
}

gboolean
ap_virt_init(ApVirtResolver resolver, GError **error)
{
    return resolve_symbols(symbols, G_N_ELEMENTS(symbols), resolver, error) &&
           check_version(error) &&
           (ap_virt.version < AP_VIRT_NEWER ||
            resolve_symbols(newer_symbols, G_N_ELEMENTS(newer_symbols), resolver, error));
}

virNodeDevicePtr
ap_virt_node_device_new(virConnectPtr conn, const char *name)
{
    return ap_virt.virGetNodeDevice(conn, name);
}

/* Parts of a message come from documents that anybody may send. */
G_GNUC_PRINTF(1, 0)
static char *
format_printable(const char *format, va_list arguments)
{
    g_autofree char *text = g_strdup_vprintf(format, arguments);

    return ap_text_make_printable(text);
}

void
ap_virt_report(const char *function, virErrorNumber code, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list arguments;

    va_start(arguments, format);
    text = format_printable(format, arguments);
    va_end(arguments);
    ap_virt.virReportErrorHelper(VIR_FROM_NODEDEV, code, __FILE__, function, __LINE__,
                                 "%s", text);
}

virErrorNumber
ap_virt_error_code(const GError *error)
{
    gsize i;

    for (i = 0; i < G_N_ELEMENTS(codes); i++) {
        if (g_error_matches(error, AP_ERROR, codes[i].ours))
            return codes[i].libvirts;
    }
    return VIR_ERR_INTERNAL_ERROR;
}

void
ap_virt_report_error(const char *function, const GError *error)
{
    ap_virt_report(function, ap_virt_error_code(error), "%s", error->message);
}

gboolean
ap_virt_check_flags(const char *function, unsigned int flags, unsigned int supported)
{
    unsigned int unknown = flags & ~supported;

    if (unknown == 0)
        return TRUE;
    /* libvirt words this code itself everywhere else; for flags it takes the
     * text as it stands, and so do we. */
    ap_virt.virRaiseErrorFull(__FILE__, function, __LINE__, VIR_FROM_NODEDEV,
                              VIR_ERR_INVALID_ARG, VIR_ERR_ERROR, function, "flags", NULL,
                              0, 0, _("unsupported flags (0x%x) in function %s"), unknown,
                              function);
    return FALSE;
}

/* Before ap_virt_init() has found the functions, or where it did not. */
static void
warn_without_libvirt(const char *text)
{
    syslog(LOG_DAEMON | LOG_WARNING, "libvirt-ap: %s", text);
    g_printerr("libvirt-ap: %s\n", text);
}

void
ap_virt_warn(const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list arguments;

    va_start(arguments, format);
    text = format_printable(format, arguments);
    va_end(arguments);
    if (!ap_virt.virRaiseErrorFull) {
        warn_without_libvirt(text);
        return;
    }
    ap_virt.virRaiseErrorFull(__FILE__, "libvirt-ap", __LINE__, VIR_FROM_NODEDEV,
                              VIR_ERR_CONFIG_UNSUPPORTED, VIR_ERR_WARNING, NULL, NULL,
                              NULL, 0, 0, "libvirt-ap: %s", text);
    virResetLastError();
}
