/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-record.h: what clients change goes into the journal, with who they are.
 */
#pragma once

#include "ap-driver.h"
#include "ap-journal.h"

typedef struct _ApRecord ApRecord;

/* Before a change of the matrix @uuid (NULL: it has none yet): looks at what it is. */
ApRecord *
ap_record_begin(ApJournalAction action, const char *uuid);
/* After it: tells the journal who did it to @uuid, and of @failure if it failed.
 * Frees @record. */
void
ap_record_end(ApRecord *record, const char *uuid, const GError *failure);
