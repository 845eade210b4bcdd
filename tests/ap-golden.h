/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-golden.h: golden files beneath tests/data, shared by the unit tests.
 *
 * With AP_TEST_REGENERATE=1 in the environment they are written instead of
 * compared; review the difference before it is committed.
 */
#pragma once

#include <glib.h>

/* Absolute path of tests/data/@name; caller frees. */
char *
ap_test_data_path(const char *name);
/* Contents of tests/data/@name; caller frees.  Ends the test where it cannot be
 * read. */
char *
ap_test_data_read(const char *name);
/* Names of the files in tests/data/@directory that end in @suffix, sorted; at
 * least one.  Caller unrefs; the array owns its strings. */
GPtrArray *
ap_test_data_list(const char *directory, const char *suffix);
/* Fails the test, and prints both texts, unless @actual equals tests/data/@name. */
void
ap_test_assert_golden(const char *name, const char *actual);
