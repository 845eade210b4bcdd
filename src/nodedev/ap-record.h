/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-record.h: what clients change goes into the journal, with who they are.
 */
#pragma once

#include "ap-driver.h"
#include "ap-journal.h"

typedef struct {
    gpointer identity; /* libvirt's, which the actor is a part of */
    ApJournalActor actor;
} ApRecord;

/* What this thread changes from now on until ap_record_end() its client asked for. */
void
ap_record_begin(ApRecord *record);
void
ap_record_end(ApRecord *record);
