/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-driver.c: registration.  Whatever is not as expected leaves the stock
 * module in charge of everything, with one warning in libvirt's log: the
 * daemon must never lose its node devices because of us.
 */
#include "ap-driver.h"

#include <unistd.h>

#include "ap-i18n.h"
#include "ap-handle.h"
#include "ap-name.h"
#include "ap-virt.h"

ApDriver ap_driver;

gboolean
ap_driver_serves(const char *name)
{
    return ap_driver.host && name && ap_name_parse(name, NULL);
}

void
ap_driver_report_no_stock(const char *function)
{
    if (ap_virt.virReportErrorHelper)
        ap_virt_report(function, VIR_ERR_NO_SUPPORT, "%s", function);
}

/* What the core library warns of belongs into libvirt's log. */
static void
log_to_libvirt(const char *domain G_GNUC_UNUSED,
               GLogLevelFlags level G_GNUC_UNUSED,
               const char *text,
               gpointer opaque G_GNUC_UNUSED)
{
    ap_virt_warn("%s", text);
}

/* Everything that serving needs, in the order in which it can fail. */
static ApHost *
prepare_host(GError **error)
{
    g_autoptr(GError) fault = NULL;
    ApHost *host;

    if (!ap_handle_init(error) || !ap_stock_bind(&ap_driver.stock, error))
        return NULL;
    g_log_set_handler(G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, log_to_libvirt, NULL);
    host = ap_host_new("/", error);
    if (host && !ap_host_recover(host, &fault))
        ap_virt_warn(_("a matrix may be left half made: %s"), fault->message);
    return host;
}

/* Without the stock module there are no node devices, as on a daemon that was
 * installed without it: the daemon itself goes on. */
static int
register_without_stock(ApStockResult result, const GError *error)
{
    if (result == AP_STOCK_MISSING || !ap_virt.virReportErrorHelper) {
        ap_virt_warn(_("no node devices: %s"), error->message);
        return result == AP_STOCK_MISSING ? 0 : -1;
    }
    ap_virt_report("nodedevRegister", VIR_ERR_INTERNAL_ERROR, "%s", error->message);
    return -1;
}

int
nodedevRegister(void)
{
    static gint registered;
    g_autoptr(GError) fault = NULL;
    g_autoptr(GError) error = NULL;
    gboolean usable;
    ApStockResult result;

    if (!g_atomic_int_compare_and_exchange(&registered, 0, 1)) {
        ap_virt_warn(_("the module is registered already"));
        return 0;
    }
    usable = ap_virt_init(ap_virt_resolve, &fault);
    result = ap_stock_load(&ap_driver.stock, &error);
    if (result != AP_STOCK_LOADED)
        return register_without_stock(result, error);
    if (usable)
        ap_driver.host = prepare_host(&fault);
    if (!ap_driver.host)
        ap_virt_warn(_("AP devices are left to libvirt's own driver: %s"),
                     fault->message);
    else if (geteuid() == 0)
        /* Only a daemon that serves the system may; and before the other drivers
         * start guests that need the matrices. */
        ap_driver.autostart = ap_autostart_thread_start(ap_driver.host);
    return ap_driver.stock.nodedevRegister();
}
