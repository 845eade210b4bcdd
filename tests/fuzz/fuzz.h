/* SPDX-License-Identifier: GPL-2.0 OR LGPL-2.1-or-later */
/*
 * fuzz.h: what every fuzz target defines, for libFuzzer and for fuzz-driver.c.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Runs the code under test on one input; returns 0.  Findings end the process:
 * a sanitizer does that, or FUZZ_CHECK(). */
__attribute__((visibility("default"))) int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An assertion that no build switches off. */
#define FUZZ_CHECK(condition)                                                            \
    do {                                                                                 \
        if (!(condition)) {                                                              \
            fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__,             \
                    #condition);                                                         \
            abort();                                                                     \
        }                                                                                \
    } while (0)
