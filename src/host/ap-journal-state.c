/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-journal-state.c: reads and prints the state of a matrix and of the host pool.
 */
#include "ap-journal-state.h"

#include <json-glib/json-glib.h>

#include "ap-apqn.h"
#include "ap-device-priv.h"
#include "ap-extras.h"
#include "ap-host-priv.h"
#include "ap-paths.h"
#include "ap-sysfs.h"
#include "ap-taken.h"

#define DEFINITION_MAX (64 * 1024)

struct _ApJournalState {
    JsonObject *members;
    char *json;
};

static const struct {
    const char *ids;
    const char *rows;
} lists[] = {
    [AP_RESERVED_UNTIL_BOOT] = { AP_STATE_TAKEN, AP_STATE_QUEUES },
    [AP_RESERVED_FOR_GOOD] = { AP_STATE_TAKEN_FOR_GOOD, AP_STATE_QUEUES_FOR_GOOD },
};
G_STATIC_ASSERT(G_N_ELEMENTS(lists) == AP_RESERVED_LAST);

static void
add_masks(JsonObject *members, const char *name, const ApMatrix *matrix)
{
    char config[AP_MATRIX_CONFIG_SIZE];

    ap_matrix_format_config(matrix, config);
    json_object_set_string_member(members, name, config);
}

static void
add_live(JsonObject *members, ApHost *host, const char *uuid)
{
    gboolean present = FALSE;
    ApMatrix matrix;

    if (ap_host_read_matrix(host, uuid, &matrix, &present, NULL) && present)
        add_masks(members, AP_STATE_LIVE, &matrix);
}

static void
add_extras(JsonObject *members, ApHost *host, const char *uuid)
{
    g_autoptr(ApDevice) device = ap_store_new_definition(uuid);

    if (!ap_extras_read(host->root, device, NULL))
        return;
    if (device->reserve != AP_RESERVE_NO)
        json_object_set_string_member(members, AP_STATE_RESERVE,
                                      ap_extras_print_reserve(device->reserve));
    if (device->comment)
        json_object_set_string_member(members, AP_STATE_COMMENT, device->comment);
}

static void
add_definition(JsonObject *members, ApHost *host, const char *uuid)
{
    g_autofree char *path = g_strconcat(AP_PATH_STORE "/", uuid, NULL);
    g_autofree char *text = g_malloc(DEFINITION_MAX);
    g_autofree char *valid = NULL;
    gssize len = ap_sysfs_read_data(host->root, path, text, DEFINITION_MAX);

    if (len < 0 || len == DEFINITION_MAX)
        return;
    valid = g_utf8_make_valid(text, len);
    json_object_set_string_member(members, AP_STATE_DEFINITION, valid);
    add_extras(members, host, uuid);
}

static void
add_mask(JsonObject *members, ApHost *host, const char *name)
{
    g_autofree char *path = g_strconcat(AP_PATH_BUS "/", name, NULL);
    gboolean present = FALSE;
    char mask[128];

    if (ap_sysfs_read(host->root, path, mask, sizeof(mask), &present, NULL) && present)
        json_object_set_string_member(members, name, mask);
}

static void
add_rows(JsonObject *members, const char *name, const ApRows *rows)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint adapter = 0; adapter < APC_IDS; adapter++) {
        g_autofree char *domains = NULL;

        if (apc_mask_empty(&rows->of[adapter]))
            continue;
        domains = ap_ids_format(&rows->of[adapter], "");
        g_string_append_printf(text, "%s%u:%s", text->len ? " " : "", adapter, domains);
    }
    if (text->len)
        json_object_set_string_member(members, name, text->str);
}

static void
add_taken(JsonObject *members, ApHost *host)
{
    g_autofree ApTaken *taken = ap_taken_read(host->root, NULL);

    for (ApReservedList list = 0; taken && list < AP_RESERVED_LAST; list++) {
        if (!ap_taken_is_nothing(&taken->lists[list]))
            add_masks(members, lists[list].ids, &taken->lists[list]);
        add_rows(members, lists[list].rows, &taken->rows[list]);
    }
}

static char *
print(JsonObject *members)
{
    g_autoptr(JsonNode) node = json_node_new(JSON_NODE_OBJECT);

    json_node_set_object(node, members);
    return json_to_string(node, FALSE);
}

ApJournalState *
ap_journal_look(ApHost *host, const char *uuid)
{
    ApJournalState *state = g_new0(ApJournalState, 1);

    state->members = json_object_new();
    if (uuid) {
        add_live(state->members, host, uuid);
        add_definition(state->members, host, uuid);
    }
    add_mask(state->members, host, AP_STATE_APMASK);
    add_mask(state->members, host, AP_STATE_AQMASK);
    add_taken(state->members, host);
    state->json = print(state->members);
    return state;
}

static gboolean
has_only_strings(JsonObject *members)
{
    g_autoptr(GList) values = json_object_get_values(members);

    for (GList *value = values; value; value = value->next) {
        if (!JSON_NODE_HOLDS_VALUE(value->data) ||
            json_node_get_value_type(value->data) != G_TYPE_STRING)
            return FALSE;
    }
    return TRUE;
}

ApJournalState *
ap_journal_state_parse(const char *json)
{
    g_autoptr(JsonNode) node = json_from_string(json, NULL);
    ApJournalState *state;

    if (!node || !JSON_NODE_HOLDS_OBJECT(node) ||
        !has_only_strings(json_node_get_object(node)))
        return NULL;
    state = g_new0(ApJournalState, 1);
    state->members = json_object_ref(json_node_get_object(node));
    state->json = g_strdup(json);
    return state;
}

void
ap_journal_state_free(ApJournalState *state)
{
    if (!state)
        return;
    json_object_unref(state->members);
    g_free(state->json);
    g_free(state);
}

const char *
ap_journal_state_print(const ApJournalState *state)
{
    return state->json;
}

const char *
ap_journal_state_get(const ApJournalState *state, const char *name)
{
    return json_object_has_member(state->members, name)
               ? json_object_get_string_member(state->members, name)
               : NULL;
}
