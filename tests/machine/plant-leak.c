/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plant-leak.c: loses memory in the program that it is preloaded into, so that a test
 * can see that lost memory is found.
 */
#include <pthread.h>
#include <stdlib.h>

#define LOST 1234

void *
plant_leak(void *unused);

void *
plant_leak(void *unused)
{
    volatile char *lost = malloc(LOST);

    if (lost)
        lost[0] = 1;
    return unused;
}

/* In a thread, which takes its stack and its registers along: no address is left
 * anywhere, and the dynamic linker, which loses memory of its own, has no part in it. */
__attribute__((constructor)) static void
plant(void)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, plant_leak, NULL) == 0)
        pthread_join(thread, NULL);
}
