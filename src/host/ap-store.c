/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-store.c: reads mdevctl's definitions of matrices.  Other programs write
 * these files, without locks and not atomically, so that half a file is nothing
 * out of the ordinary.
 */
#include <errno.h>
#include <fcntl.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ap-device-priv.h"
#include "ap-extras.h"
#include "ap-i18n.h"
#include "ap-name.h"
#include "ap-paths.h"
#include "ap-store-priv.h"
#include "ap-sysfs.h"
#include "ap-text.h"

/* A definition with every attribute assigned has less than 32 KiB. */
#define FILE_SIZE_MAX (64 * 1024)
#define ATTRS_MAX     4096
/* Ours nest four deep; the parser recurses without a limit of its own. */
#define NESTING_MAX 16

ApStore *
ap_store_new(int root)
{
    ApStore *store = g_new0(ApStore, 1);

    store->root = root;
    g_mutex_init(&store->mutex);
    store->warned = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return store;
}

void
ap_store_free(ApStore *store)
{
    if (!store)
        return;
    g_hash_table_unref(store->warned);
    g_mutex_clear(&store->mutex);
    g_free(store);
}

G_GNUC_PRINTF(2, 3)
static gboolean
set_bad(GError **error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    if (error)
        *error = g_error_new_valist(AP_ERROR, AP_ERROR_UNSUPPORTED, format, args);
    va_end(args);
    return FALSE;
}

static gboolean
is_nested_too_deep(const char *text, gsize len)
{
    gboolean quoted = FALSE;
    guint depth = 0;

    for (gsize i = 0; i < len; i++) {
        if (quoted && text[i] == '\\')
            i++;
        else if (text[i] == '"')
            quoted = !quoted;
        else if (!quoted && (text[i] == '{' || text[i] == '['))
            depth++;
        else if (!quoted && (text[i] == '}' || text[i] == ']') && depth)
            depth--;
        if (depth > NESTING_MAX)
            return TRUE;
    }
    return FALSE;
}

/* The string member @name of @object, or NULL with @error set.  XML has no way to
 * write control characters; octal escapes, which json-glib takes, make any byte. */
static const char *
get_string(JsonObject *object, const char *name, GError **error)
{
    JsonNode *node = json_object_get_member(object, name);

    if (!node || !JSON_NODE_HOLDS_VALUE(node) ||
        json_node_get_value_type(node) != G_TYPE_STRING) {
        set_bad(error, _("it has no string '%s'"), name);
        return NULL;
    }
    if (!ap_text_is_printable(json_node_get_string(node))) {
        set_bad(error, _("'%s' has characters that cannot be printed"), name);
        return NULL;
    }
    return json_node_get_string(node);
}

static gboolean
parse_attr(ApDevice *device, JsonNode *node, GError **error)
{
    g_autoptr(GList) members = NULL;
    const char *value;

    if (JSON_NODE_HOLDS_OBJECT(node))
        members = json_object_get_members(json_node_get_object(node));
    if (!members || members->next)
        return set_bad(error, _("an element of 'attrs' is not one name with one value"));
    if (!ap_text_is_printable(members->data))
        return set_bad(
            error, _("the name of an attribute has characters that cannot be printed"));
    value = get_string(json_node_get_object(node), members->data, error);
    if (!value)
        return FALSE;
    ap_device_add_attr(device, members->data, value);
    return TRUE;
}

static gboolean
parse_attrs(ApDevice *device, JsonObject *object, GError **error)
{
    JsonNode *node = json_object_get_member(object, "attrs");
    JsonArray *array;

    if (!node)
        return TRUE;
    if (!JSON_NODE_HOLDS_ARRAY(node))
        return set_bad(error, _("'attrs' is not a list"));
    array = json_node_get_array(node);
    if (json_array_get_length(array) > ATTRS_MAX)
        return set_bad(error, _("it has more than %d attributes"), ATTRS_MAX);
    for (guint i = 0; i < json_array_get_length(array); i++) {
        if (!parse_attr(device, json_array_get_element(array, i), error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
parse_type_and_start(ApDevice *device, JsonObject *object, GError **error)
{
    const char *type = get_string(object, "mdev_type", error);
    const char *start;

    if (!type)
        return FALSE;
    if (!g_str_equal(type, AP_MDEV_TYPE_ID))
        return set_bad(error, _("its type is '%s' instead of '%s'"), type,
                       AP_MDEV_TYPE_ID);
    start = get_string(object, "start", error);
    if (!start)
        return FALSE;
    if (!g_str_equal(start, "auto") && !g_str_equal(start, "manual"))
        return set_bad(error, _("'start' is '%s' instead of 'auto' or 'manual'"), start);
    device->type_id = g_strdup(type);
    device->autostart = g_str_equal(start, "auto");
    return TRUE;
}

ApDevice *
ap_store_new_definition(const char *uuid)
{
    ApDevice *device = ap_device_new(AP_DEVICE_MATRIX);
    ApName name = { .kind = AP_DEVICE_MATRIX };

    g_strlcpy(name.uuid, uuid, sizeof(name.uuid));
    device->name = ap_name_format(&name);
    device->parent = g_strdup(AP_NAME_MATRIX_PARENT);
    device->uuid = g_strdup(uuid);
    device->persistent = TRUE;
    return device;
}

ApDevice *
ap_store_parse(const char *uuid, const char *text, gsize len, GError **error)
{
    g_autoptr(JsonParser) parser = json_parser_new();
    g_autoptr(ApDevice) device = ap_store_new_definition(uuid);
    g_autoptr(GError) reason = NULL;
    g_autofree char *why = NULL;
    JsonNode *root;

    /* json-glib takes a length of 0 and text with NUL for something else. */
    if (len == 0 || memchr(text, '\0', len)) {
        set_bad(error, _("it is not JSON"));
        return NULL;
    }
    if (is_nested_too_deep(text, len)) {
        set_bad(error, _("it is nested too deep"));
        return NULL;
    }
    if (!json_parser_load_from_data(parser, text, (gssize)len, &reason)) {
        /* The parser quotes what it stumbled over as it is. */
        why = ap_text_make_printable(reason->message);
        set_bad(error, _("it is not JSON: %s"), why);
        return NULL;
    }
    root = json_parser_get_root(parser);
    if (!root || !JSON_NODE_HOLDS_OBJECT(root)) {
        set_bad(error, _("it is not a JSON object"));
        return NULL;
    }
    if (!parse_type_and_start(device, json_node_get_object(root), error) ||
        !parse_attrs(device, json_node_get_object(root), error))
        return NULL;
    return g_steal_pointer(&device);
}

/* Warns once for each state of a bad file, not each time it is looked at. */
static void
warn_once(ApStore *store, const char *uuid, const struct stat *info, const char *reason)
{
    g_autofree char *state =
        g_strdup_printf("%" G_GUINT64_FORMAT " %" G_GINT64_FORMAT ".%09ld",
                        (guint64)info->st_size, (gint64)info->st_mtim.tv_sec,
                        (long)info->st_mtim.tv_nsec);
    gboolean known;

    g_mutex_lock(&store->mutex);
    known = !g_strcmp0(g_hash_table_lookup(store->warned, uuid), state);
    if (!known)
        g_hash_table_replace(store->warned, g_strdup(uuid), g_steal_pointer(&state));
    g_mutex_unlock(&store->mutex);
    if (!known)
        g_warning(_("ignoring the definition '/%s/%s': %s"), AP_PATH_STORE, uuid, reason);
}

/* The definition counts without them. */
static void
read_extras(ApStore *store, ApDevice *device)
{
    g_autofree char *key = g_strdup_printf("%s extras", device->uuid);
    g_autoptr(GError) reason = NULL;
    gboolean known;

    if (ap_extras_read(store->root, device, &reason))
        return;
    g_mutex_lock(&store->mutex);
    known = !g_strcmp0(g_hash_table_lookup(store->warned, key), reason->message);
    if (!known)
        g_hash_table_replace(store->warned, g_strdup(key), g_strdup(reason->message));
    g_mutex_unlock(&store->mutex);
    if (!known)
        g_warning(_("ignoring '/%s/%s': %s"), AP_PATH_EXTRAS, device->uuid,
                  reason->message);
}

/* Reads the open file; the reason why not in @error. */
static gboolean
read_open_file(int fd, ApStoreFile *file, GError **error)
{
    ssize_t len;

    if (fstat(fd, &file->info) < 0)
        return set_bad(error, "%s", g_strerror(errno));
    if (!S_ISREG(file->info.st_mode))
        return set_bad(error, _("it is not a regular file"));
    file->text = g_malloc(FILE_SIZE_MAX + 1);
    len = TEMP_FAILURE_RETRY(read(fd, file->text, FILE_SIZE_MAX + 1));
    if (len < 0)
        return set_bad(error, "%s", g_strerror(errno));
    if (len > FILE_SIZE_MAX)
        return set_bad(error, _("it is longer than %d bytes"), FILE_SIZE_MAX);
    file->len = (gsize)len;
    return TRUE;
}

void
ap_store_file_clear(ApStoreFile *file)
{
    g_clear_pointer(&file->text, g_free);
    g_clear_pointer(&file->device, ap_device_unref);
}

gboolean
ap_store_read_file(ApStore *store, const char *uuid, ApStoreFile *file, GError **error)
{
    g_autofree char *path = g_strdup_printf(AP_PATH_STORE "/%s", uuid);
    int fd =
        TEMP_FAILURE_RETRY(openat(store->root, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK));

    if (fd < 0) {
        if (!ap_sysfs_is_absent(errno))
            return set_bad(error, "%s", g_strerror(errno));
        return TRUE;
    }
    file->present = TRUE;
    if (read_open_file(fd, file, error))
        file->device = ap_store_parse(uuid, file->text, file->len, error);
    close(fd);
    if (file->device)
        read_extras(store, file->device);
    return file->device != NULL;
}

ApDevice *
ap_store_read(ApStore *store, const char *uuid, GError **error)
{
    g_auto(ApStoreFile) file = { 0 };
    g_autoptr(GError) reason = NULL;

    if (!ap_store_read_file(store, uuid, &file, &reason))
        g_set_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED,
                    _("the definition '/%s/%s' cannot be used: %s"), AP_PATH_STORE, uuid,
                    reason->message);
    return g_steal_pointer(&file.device);
}

ApDevice *
ap_store_load(ApStore *store, const char *uuid)
{
    g_auto(ApStoreFile) file = { 0 };
    g_autoptr(GError) reason = NULL;

    if (!ap_store_read_file(store, uuid, &file, &reason))
        warn_once(store, uuid, &file.info, reason->message);
    return g_steal_pointer(&file.device);
}

GPtrArray *
ap_store_list(ApStore *store, GError **error)
{
    /* Whatever else lies there (editors' temporary files) is no definition. */
    g_autoptr(GPtrArray) found = ap_sysfs_scan_uuids(store->root, AP_PATH_STORE, error);
    g_autoptr(GPtrArray) good = NULL;

    if (!found)
        return NULL;
    good = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < found->len; i++) {
        g_autoptr(ApDevice) device = ap_store_load(store, found->pdata[i]);

        if (device)
            g_ptr_array_add(good, g_strdup(found->pdata[i]));
    }
    return g_steal_pointer(&good);
}
