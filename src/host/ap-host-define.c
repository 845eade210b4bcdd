/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-host-define.c: definitions of matrices: make, change, remove and start them.
 * All of it happens under the lock, over the check and the change, because the
 * programs that check a matrix against the definitions of others take it, too.
 */
#include "ap-device-priv.h"
#include "ap-extras.h"
#include "ap-guest-loss.h"
#include "ap-host-change.h"
#include "ap-host-claims.h"
#include "ap-host-reserve.h"
#include "ap-i18n.h"
#include "ap-mark.h"

/* What somebody wants to be stored, and under which UUID. */
typedef struct {
    const char *uuid;
    const ApDevice *wish;
} Definition;

static ApDevice *
copy_wish(const char *uuid, const ApDevice *wish)
{
    ApDevice *copy = ap_store_new_definition(uuid);

    copy->type_id = g_strdup(wish->type_id);
    for (guint i = 0; i < wish->attrs->len; i++) {
        const ApAttr *attr = wish->attrs->pdata[i];

        ap_device_add_attr(copy, attr->name, attr->value);
    }
    return copy;
}

static ApDevice *
edit_definition(const ApDevice *old, gconstpointer data)
{
    const Definition *new = data;
    ApDevice *definition = copy_wish(new->uuid, new->wish);

    definition->autostart = old && old->autostart;
    if (new->wish->extended || !old)
        ap_extras_copy(definition, new->wish);
    else
        ap_extras_copy(definition, old);
    return definition;
}

/* Somebody may have removed the definition: then there is nothing to change. */
static ApDevice *
edit_autostart(const ApDevice *old, gconstpointer data)
{
    ApDevice *definition = old ? copy_wish(old->uuid, old) : NULL;

    if (!definition)
        return NULL;
    definition->autostart = *(const gboolean *)data;
    ap_extras_copy(definition, old);
    return definition;
}

static gboolean
check_host(ApHost *host,
           const char *uuid,
           const ApDevice *wish,
           ApOccasion occasion,
           GError **error)
{
    g_autoptr(ApSnapshot) snapshot = ap_host_take_snapshot(host, error);

    return snapshot && ap_plan_check_definition(snapshot, uuid, wish, error) &&
           ap_host_check_claims(host, snapshot, uuid, wish, occasion, error);
}

ApDevice *
ap_host_define_locked(ApHost *host,
                      const char *uuid,
                      const ApDevice *wish,
                      GError **error)
{
    Definition definition = { .uuid = uuid, .wish = wish };
    ApDevice *stored = NULL;

    if (!check_host(host, uuid, wish, AP_OCCASION_DEFINE, error) ||
        !ap_store_change(host->store, uuid, edit_definition, &definition, &stored, error))
        return NULL;
    return stored;
}

gboolean
ap_host_restore_locked(ApHost *host, const ApHostDefinition *old, GError **error)
{
    const ApDevice *device = old->device;
    ApOccasion occasion = device->autostart ? AP_OCCASION_AUTO : AP_OCCASION_MANUAL;
    g_autoptr(ApDevice) now = ap_store_read(host->store, device->uuid, NULL);

    if (!check_host(host, device->uuid, device, occasion, error) ||
        !ap_store_restore(host->store, device, old->text, error))
        return FALSE;
    if (!now || now->autostart != device->autostart)
        ap_mark_clear(host->root, device->uuid);
    return TRUE;
}

ApDevice *
ap_host_define_matrix(ApHost *host, const ApDevice *wish, GError **error)
{
    char uuid[AP_UUID_SIZE];
    ApHostChange change = { .host = host, .action = AP_JOURNAL_DEFINE, .uuid = uuid };
    ApDevice *defined = NULL;

    if (!ap_host_choose_uuid(wish, uuid, error))
        return NULL;
    if (ap_host_change_begin(&change)) {
        defined = ap_host_define_locked(host, uuid, wish, &change.failure);
        /* What the definition before it reserved. */
        ap_host_return_unneeded(host);
        if (defined)
            ap_host_foresee_reserve(host, uuid, defined);
    }
    ap_host_change_end(&change, error);
    return defined;
}

static void
set_not_defined(ApHost *host, const char *name, GError **error)
{
    if (ap_host_is_active(host, name))
        g_set_error(error, AP_ERROR, AP_ERROR_NOT_DEFINED,
                    _("device '%s' is not defined"), name);
    else
        ap_host_set_not_found(error, name);
}

/* The definition of the matrix @name. */
static ApDevice *
read_definition(ApHost *host, const char *name, const char *uuid, GError **error)
{
    g_autoptr(GError) reason = NULL;
    ApDevice *definition = ap_store_read(host->store, uuid, &reason);

    if (reason)
        g_propagate_error(error, g_steal_pointer(&reason));
    else if (!definition)
        set_not_defined(host, name, error);
    return definition;
}

ApDevice *
ap_host_lookup_definition(ApHost *host, const char *name, GError **error)
{
    ApName parsed;

    if (!ap_host_parse_matrix_name(name, &parsed, error))
        return NULL;
    return read_definition(host, name, parsed.uuid, error);
}

void
ap_host_undefine_locked(ApHost *host, const char *name, const char *uuid, GError **error)
{
    g_autoptr(ApDevice) definition = read_definition(host, name, uuid, error);

    if (!definition || !ap_guest_check_undefine(host, definition, error) ||
        !ap_store_remove(host->store, uuid, error))
        return;
    ap_mark_clear(host->root, uuid);
    ap_host_return_unneeded(host);
}

gboolean
ap_host_undefine_matrix(ApHost *host, const char *name, GError **error)
{
    ApName parsed;
    ApHostChange change = { .host = host,
                            .action = AP_JOURNAL_UNDEFINE,
                            .uuid = parsed.uuid };

    if (!ap_host_parse_matrix_name(name, &parsed, error))
        return FALSE;
    if (ap_host_change_begin(&change))
        ap_host_undefine_locked(host, name, parsed.uuid, &change.failure);
    return ap_host_change_end(&change, error);
}

/* Whether the matrix can be started at all; if not, says what is the matter. */
static gboolean
check_inactive(ApHost *host, const char *name, GError **error)
{
    if (!ap_host_is_active(host, name))
        return TRUE;
    g_set_error(error, AP_ERROR, AP_ERROR_EXISTS, _("device '%s' is already active"),
                name);
    return FALSE;
}

void
ap_host_start_locked(ApHost *host, const char *name, const char *uuid, GError **error)
{
    g_autoptr(ApDevice) definition = NULL;
    g_autoptr(ApPlan) plan = NULL;

    if (check_inactive(host, name, error))
        definition = read_definition(host, name, uuid, error);
    if (definition)
        plan = ap_host_create_locked(host, uuid, definition, error);
    if (plan && definition->autostart)
        ap_mark_set(host->root, uuid);
}

gboolean
ap_host_start_matrix(ApHost *host, const char *name, GError **error)
{
    ApName parsed;
    ApHostChange change = { .host = host,
                            .action = AP_JOURNAL_START,
                            .uuid = parsed.uuid };

    if (!ap_host_parse_matrix_name(name, &parsed, error))
        return FALSE;
    if (ap_host_change_begin(&change))
        ap_host_start_locked(host, name, parsed.uuid, &change.failure);
    return ap_host_change_end(&change, error);
}

/* Whether the matrix may start by itself.  A definition that is not there or cannot be
 * used is for the store to complain about; one whose cards or driver are away stays as
 * it is. */
static gboolean
check_autostart(ApHost *host, const char *uuid, GError **error)
{
    g_autoptr(ApDevice) definition = ap_store_read(host->store, uuid, NULL);
    g_autoptr(ApSnapshot) snapshot = NULL;

    if (!definition || definition->autostart)
        return TRUE;
    snapshot = ap_host_take_snapshot(host, error);
    return snapshot && ap_host_check_claims(host, snapshot, uuid, definition,
                                            AP_OCCASION_AUTO, error);
}

static void
set_autostart(ApHost *host,
              const char *name,
              const char *uuid,
              gboolean autostart,
              GError **error)
{
    g_autoptr(ApDevice) stored = NULL;

    if (autostart && !check_autostart(host, uuid, error))
        return;
    if (!ap_store_change(host->store, uuid, edit_autostart, &autostart, &stored, error))
        return;
    if (stored)
        ap_mark_clear(host->root, uuid);
    else
        set_not_defined(host, name, error);
}

gboolean
ap_host_set_autostart(ApHost *host, const char *name, gboolean autostart, GError **error)
{
    ApName parsed;
    ApHostChange change = { .host = host,
                            .action = AP_JOURNAL_AUTOSTART,
                            .uuid = parsed.uuid };

    if (!ap_host_parse_matrix_name(name, &parsed, error))
        return FALSE;
    if (ap_host_change_begin(&change))
        set_autostart(host, name, parsed.uuid, autostart, &change.failure);
    return ap_host_change_end(&change, error);
}
