/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-pool-use.c: looks for the host's own users of crypto cards in sysfs and proc.
 */
#include "ap-pool-use.h"

#include <string.h>
#include <unistd.h>

#include "ap-i18n.h"
#include "ap-name.h"
#include "ap-paths.h"
#include "ap-process.h"
#include "ap-sysfs.h"

/* The node for all queues of the host. */
#define NODE_OF_ALL "z90crypt"
#define DEV         "/dev/"
#define TARGET_SIZE 300

typedef struct {
    char *name;
    ApMatrix queues;
} Node;

typedef struct {
    int root;
    ApPoolUse *use;
    GPtrArray *nodes;
    const char *pid; /* process that is looked at */
} Search;

static void
node_free(gpointer data)
{
    Node *node = data;

    g_free(node->name);
    g_free(node);
}

static void
take_queue(const char *name, gpointer data)
{
    ApPoolUse *use = data;
    guint adapter, domain;

    if (ap_sysfs_name_parse_queue(name, &adapter, &domain))
        apc_mask_set(&use->present[adapter], domain);
}

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
    read_mask(search->root, name, "apmask", &node->queues.adapters);
    read_mask(search->root, name, "aqmask", &node->queues.domains);
    g_ptr_array_add(search->nodes, node);
}

static void
add_user(Search *search, const Node *node)
{
    g_autofree char *name = ap_process_read_name(search->root, search->pid);

    ap_pool_use_add(search->use, &node->queues,
                    g_strdup_printf(_("process %s (%s) has %s%s open"), search->pid,
                                    name ? name : "?", DEV, node->name));
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
        const Node *node = search->nodes->pdata[i];

        if (g_str_equal(target + strlen(DEV), node->name))
            add_user(search, node);
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
ap_pool_use_read(int root, GError **error)
{
    g_autoptr(ApPoolUse) use = ap_pool_use_new();
    g_autoptr(GPtrArray) nodes = g_ptr_array_new_with_free_func(node_free);
    Search search = { .root = root, .use = use, .nodes = nodes };

    if (!ap_sysfs_scan(root, AP_PATH_BUS_DEVICES, take_queue, use, error) ||
        !read_default_domain(root, &use->default_domain, error))
        return NULL;
    add_node(NODE_OF_ALL, &search);
    if (!ap_sysfs_scan(root, AP_PATH_ZCRYPT, add_node, &search, error) ||
        !ap_sysfs_scan(root, AP_PATH_PROC, visit_process, &search, error))
        return NULL;
    return g_steal_pointer(&use);
}
