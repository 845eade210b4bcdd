/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-status.c: the state of an AP device as facts with a name and a value.
 */
#include "ap-device-priv.h"
#include "ap-status.h"

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

/* A card works in one of these modes. */
static const struct {
    guint function;
    char letter;
    const char *name;
} modes[] = {
    { FUNCTION_ACCEL, 'A', "accelerator" },
    { FUNCTION_COPRO, 'C', "cca-coprocessor" },
    { FUNCTION_EP11, 'P', "ep11-coprocessor" },
};

ApStatus *
ap_status_new(void)
{
    ApStatus *status = g_new0(ApStatus, 1);

    status->facts = g_ptr_array_new_with_free_func((GDestroyNotify)ap_attr_free);
    return status;
}

void
ap_status_free(ApStatus *status)
{
    if (!status)
        return;
    g_ptr_array_unref(status->facts);
    g_free(status);
}

void
ap_status_add(ApStatus *status, const char *name, const char *value)
{
    if (value && *value)
        g_ptr_array_add(status->facts, ap_attr_new(name, value));
}

/* Index of the mode, or the number of modes. */
static gsize
find_mode(guint functions)
{
    gsize i = 0;

    while (i < G_N_ELEMENTS(modes) && !(functions & modes[i].function))
        i++;
    return i;
}

char *
ap_status_card_type(guint hardware_type, guint functions)
{
    gsize mode = find_mode(functions);

    if (hardware_type < HARDWARE_TYPE_CEX4 || hardware_type > HARDWARE_TYPE_CEX8 ||
        mode == G_N_ELEMENTS(modes))
        return NULL;
    return g_strdup_printf("CEX%u%c",
                           hardware_type - HARDWARE_TYPE_CEX4 + GENERATION_CEX4,
                           modes[mode].letter);
}

const char *
ap_status_card_mode(guint functions)
{
    gsize mode = find_mode(functions);

    return mode < G_N_ELEMENTS(modes) ? modes[mode].name : NULL;
}
