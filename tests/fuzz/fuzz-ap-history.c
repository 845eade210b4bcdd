/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-ap-history.c: a history that anybody may have edited, or that broke off.  What is
 * taken from it names a matrix or none, and is whole.
 */
#include "ap-history.h"
#include "ap-name.h"
#include "fuzz.h"

static void
check_entry(const GPtrArray *history, const ApHistoryEntry *entry)
{
    char uuid[AP_UUID_SIZE];

    FUZZ_CHECK(entry->number > 0 && entry->word && entry->time);
    FUZZ_CHECK(entry->before && entry->after);
    FUZZ_CHECK(!entry->uuid || ap_uuid_canonicalise(entry->uuid, uuid));
    FUZZ_CHECK(ap_history_find(history, entry->number));
    FUZZ_CHECK(ap_history_is_same(entry->before, entry->before, ap_history_definition));
    FUZZ_CHECK(!entry->undone_by || ap_history_find(history, entry->undone_by));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    g_autoptr(GPtrArray) history = ap_history_parse(text);
    const ApHistoryEntry *newest = ap_history_find_newest(history);

    for (guint i = 0; i < history->len; i++)
        check_entry(history, history->pdata[i]);
    FUZZ_CHECK(!newest || (newest->uuid && !newest->undone && !newest->undone_by));
    return 0;
}
