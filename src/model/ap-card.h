/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-card.h: what a card does, and what it is called for that.
 */
#pragma once

#include <glib.h>

/* What a card does; a request is for one of them. */
typedef enum {
    AP_MODE_NONE, /* not known */
    AP_MODE_ACCELERATOR,
    AP_MODE_CCA,
    AP_MODE_EP11,
    AP_MODE_LAST
} ApMode;

/* By the bits of the file ap_functions, which every card has. */
ApMode
ap_mode_of_functions(guint functions);
/* By the last letter of the file type, which cards have with a driver of the host. */
ApMode
ap_mode_of_type(const char *type);

/* "accelerator", "cca-coprocessor", "ep11-coprocessor"; NULL for AP_MODE_NONE. */
const char *
ap_mode_name(ApMode mode);
/* The same in a sentence of the user's language; "" for AP_MODE_NONE. */
const char *
ap_mode_describe(ApMode mode);

/* What lszcrypt calls a card: CEX5C, CEX8A, …, from the hardware type that the
 * machine reports (raw_hwtype).  NULL for hardware that is not known; caller frees. */
char *
ap_card_format_type(guint hardware_type, ApMode mode);
