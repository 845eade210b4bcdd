/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where no guest of KVM can be: the simulated machine has its own.
 */
#include "replay.h"

bool
guest_has(const char *uuid)
{
    die("there is no guest for '%s'", uuid);
}

bool
guest_take(const char *uuid)
{
    die("there is no guest for '%s'", uuid);
}

void
guest_drop(const char *uuid)
{
    die("there is no guest for '%s'", uuid);
}

void
guest_do(const char *uuid, char *words, char *answer, size_t size)
{
    (void)words;
    (void)answer;
    (void)size;
    die("there is no guest for '%s'", uuid);
}
