/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-card.c: the modes of cards.
 */
#include <string.h>

#include "ap-card.h"
#include "ap-i18n.h"

/* The hardware type of a CEX4; each generation has had the next number since. */
#define HARDWARE_TYPE_CEX4 10
#define GENERATION_CEX4    4
/* The newest that is known. */
#define HARDWARE_TYPE_CEX8 14

/* Bits of ap_functions, which are numbered from the left. */
#define FUNCTION(bit)  (0x80000000U >> (bit))
#define FUNCTION_COPRO FUNCTION(3)
#define FUNCTION_ACCEL FUNCTION(4)
#define FUNCTION_EP11  FUNCTION(5)

static const struct {
    guint function;
    char letter; /* behind the generation */
    const char *name;
    const char *description;
} modes[] = {
    [AP_MODE_NONE] = { 0, '\0', NULL, "" },
    [AP_MODE_ACCELERATOR] = { FUNCTION_ACCEL, 'A', "accelerator", N_("accelerator") },
    [AP_MODE_CCA] = { FUNCTION_COPRO, 'C', "cca-coprocessor", N_("CCA coprocessor") },
    [AP_MODE_EP11] = { FUNCTION_EP11, 'P', "ep11-coprocessor", N_("EP11 coprocessor") },
};
G_STATIC_ASSERT(G_N_ELEMENTS(modes) == AP_MODE_LAST);

ApMode
ap_mode_of_functions(guint functions)
{
    for (ApMode mode = AP_MODE_NONE + 1; mode < AP_MODE_LAST; mode++) {
        if (functions & modes[mode].function)
            return mode;
    }
    return AP_MODE_NONE;
}

ApMode
ap_mode_of_type(const char *type)
{
    char letter = *type ? type[strlen(type) - 1] : '\0';

    for (ApMode mode = AP_MODE_NONE + 1; mode < AP_MODE_LAST; mode++) {
        if (letter == modes[mode].letter)
            return mode;
    }
    return AP_MODE_NONE;
}

const char *
ap_mode_name(ApMode mode)
{
    return modes[mode].name;
}

const char *
ap_mode_describe(ApMode mode)
{
    return mode == AP_MODE_NONE ? "" : _(modes[mode].description);
}

char *
ap_card_format_type(guint hardware_type, ApMode mode)
{
    if (hardware_type < HARDWARE_TYPE_CEX4 || hardware_type > HARDWARE_TYPE_CEX8 ||
        mode == AP_MODE_NONE)
        return NULL;
    return g_strdup_printf("CEX%u%c",
                           hardware_type - HARDWARE_TYPE_CEX4 + GENERATION_CEX4,
                           modes[mode].letter);
}
