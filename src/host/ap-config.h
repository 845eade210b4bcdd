/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-config.h: the policies of /etc/libvirt/ap.conf, described in ap.conf(5).
 *
 * The file is read anew for each change, so that no daemon has to be told of a
 * new version.  One mistake in it makes all of it unusable, and the change is
 * refused: a policy that is misspelt must not fall back to a weaker one.
 */
#pragma once

#include <libvirt-ap/ap-error.h>

/* What becomes of a change that a policy is about. */
typedef enum {
    AP_POLICY_ALLOW,  /* done without a word */
    AP_POLICY_WARN,   /* done, with a warning in the log */
    AP_POLICY_REFUSE, /* refused */
} ApPolicy;

/* Ways to take queues out of the host pool. */
typedef enum {
    AP_METHOD_ADAPTERS = 1 << 0, /* clear bits of apmask */
    AP_METHOD_DOMAINS = 1 << 1,  /* clear bits of aqmask */
    AP_METHOD_OVERRIDE = 1 << 2, /* driver_override of the queues */
} ApMethods;

typedef struct {
    /* [conflicts]: a queue of the wish is also in … */
    ApPolicy autostart_definitions; /* … another that is to start by itself, too */
    ApPolicy manual_definitions;    /* … a definition that is not started by itself */
    ApPolicy persistent_masks;      /* … the host pool that the next boot makes */
    /* [reservation] */
    guint methods;           /* ApMethods that may be used */
    ApPolicy collateral;     /* queues that nobody asked for leave the pool, too */
    ApPolicy queues_in_use;  /* somebody of the host would miss queues */
    ApPolicy open_nodes;     /* somebody could use them, by an open node of zcrypt */
    ApPolicy default_domain; /* it is the host's default domain */
    gboolean persistent;     /* for good, where the document does not say */
    gboolean give_back;      /* when the matrix is gone */
    /* [guests] */
    ApPolicy incomplete_matrix; /* a guest starts that would not see all of it */
    ApPolicy cpu_features;      /* … whose CPU lacks what its cards need */
    ApPolicy running_guests;    /* a change would take something away from a guest */
    /* [lock] */
    guint deadline; /* seconds to wait for the lock of somebody else */
    /* [journal] */
    gboolean system_journal;
    gboolean history; /* the file that changes can be taken back with */
    /* [xml] */
    gboolean show_extensions; /* our elements also for clients that do not ask */
} ApConfig;

/* Reads the file beneath @root into @config; one that does not exist, and a key
 * that is not in it, is the default.  FALSE with all defaults in @config when
 * there is a mistake: AP_ERROR_CONFIG names the file, the line and the key,
 * AP_ERROR_IO a file that cannot be read. */
gboolean
ap_config_read(int root, ApConfig *config, GError **error);

/* The same from @text, @len bytes, which messages call @name.  Pure. */
gboolean
ap_config_parse(const char *name,
                const char *text,
                gsize len,
                ApConfig *config,
                GError **error);

/* All groups and keys with the values of @config, in the form that the file has;
 * caller frees. */
char *
ap_config_format(const ApConfig *config);
