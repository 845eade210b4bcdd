/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Guests on a real machine: a micro guest has the matrix, and executes an
 * instruction when it is told to.
 */
#include "replay.h"
#include "uapi_command.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* What belongs to a guest has a name of one letter and the first part of its UUID. */
#define PART 8

static const char letters[] = "dgcv";

/* Whether the command went well. */
static bool __attribute__((format(printf, 1, 2))) did(const char *format, ...)
{
    char text[UAPI_LINE], answer[UAPI_LINE];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    uapi_do(text, answer, sizeof(answer));
    return !strncmp(answer, "ok", 2);
}

bool
guest_has(const char *uuid)
{
    return did("info d%.*s", PART, uuid);
}

static bool
guest_open(const char *uuid)
{
    const char *id = uuid;

    return did("container c%.*s", PART, id) && did("group g%.*s %s", PART, id, uuid) &&
           did("join g%.*s c%.*s", PART, id, PART, id) && did("iommu c%.*s", PART, id) &&
           did("guest v%.*s", PART, id) &&
           did("map c%.*s 0 0x10000 v%.*s", PART, id, PART, id) &&
           did("map c%.*s 0x10000 0x3f0000 v%.*s", PART, id, PART, id) &&
           did("tell v%.*s g%.*s", PART, id, PART, id) &&
           did("device d%.*s g%.*s %s", PART, id, PART, id, uuid);
}

bool
guest_take(const char *uuid)
{
    if (guest_open(uuid))
        return true;
    guest_drop(uuid);
    return false;
}

void
guest_drop(const char *uuid)
{
    const char *letter;

    /* What isn't there need not be closed. */
    for (letter = letters; *letter; letter++)
        did("close %c%.*s", *letter, PART, uuid);
}

void
guest_do(const char *uuid, char *words, char *answer, size_t size)
{
    char text[UAPI_LINE] = "";
    char *word;

    while ((word = strsep(&words, " "))) {
        bool is_name = strlen(word) == 1 && strchr(letters, *word);
        size_t len = strlen(text);

        snprintf(text + len, sizeof(text) - len, " %s%.*s", word, is_name ? PART : 0,
                 uuid);
    }
    uapi_do(text, answer, size);
}
