/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-hook-scan.c: looks for words in the text.
 */
#include <string.h>

#include "ap-hook-scan.h"

#define MODEL "vfio-ap"
#define UUID  "<uuid>"

/* Of no text at all there need not even be an address. */
static const char *
find(const char *xml, size_t len, const char *word)
{
    return len > 0 ? memmem(xml, len, word, strlen(word)) : NULL;
}

int
ap_hook_mentions_matrix(const char *xml, size_t len)
{
    return find(xml, len, MODEL) != NULL;
}

const char *
ap_hook_find_uuid(const char *xml, size_t len)
{
    /* The first one is the domain's. */
    const char *tag = find(xml, len, UUID);
    size_t left = tag ? len - (size_t)(tag - xml) : 0;

    return left >= strlen(UUID) + AP_HOOK_UUID_LEN ? tag + strlen(UUID) : NULL;
}
