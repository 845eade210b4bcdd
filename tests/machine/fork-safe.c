/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fork-safe.c: lets a program with many threads fork under AddressSanitizer.
 *
 * The allocator of the runtime does not look after its locks when a process is
 * forked: where another thread is just allocating, the child waits forever for
 * a lock that nobody in it holds.  libvirtd forks all the time.  This library,
 * preloaded before the runtime, keeps every allocation out while a fork is
 * under way.
 */
#include <pthread.h>
#include <stddef.h>
#include <string.h>

#define EXPORTED __attribute__((visibility("default")))

/* Held for reading around each call of the allocator, for writing around each
 * fork.  Readers may nest: the default kind of lock prefers them. */
static pthread_rwlock_t allocator = PTHREAD_RWLOCK_INITIALIZER;

static void
before_fork(void)
{
    pthread_rwlock_wrlock(&allocator);
}

static void
after_fork(void)
{
    pthread_rwlock_unlock(&allocator);
}

/* The child has none of the threads that wait for the lock: it starts anew. */
static void
after_fork_in_child(void)
{
    static const pthread_rwlock_t unlocked = PTHREAD_RWLOCK_INITIALIZER;

    memcpy(&allocator, &unlocked, sizeof(allocator));
}

/* Early, so that it comes last of all that is done before a fork, and first of
 * what is done after it. */
__attribute__((constructor(101))) static void
watch_forks(void)
{
    pthread_atfork(before_fork, after_fork, after_fork_in_child);
}

/* Defines the function @name, which calls that of the runtime. */
#define GUARDED(type, name, parameters, arguments)                                       \
    extern type __interceptor_##name parameters;                                         \
    EXPORTED type name parameters;                                                       \
    EXPORTED type name parameters                                                        \
    {                                                                                    \
        type result;                                                                     \
                                                                                         \
        pthread_rwlock_rdlock(&allocator);                                               \
        result = __interceptor_##name arguments;                                         \
        pthread_rwlock_unlock(&allocator);                                               \
        return result;                                                                   \
    }

/* clang-format off */
GUARDED(void *, malloc, (size_t size), (size))
GUARDED(void *, calloc, (size_t count, size_t size), (count, size))
GUARDED(void *, realloc, (void *old, size_t size), (old, size))
GUARDED(void *, reallocarray, (void *old, size_t count, size_t size), (old, count, size))
GUARDED(void *, memalign, (size_t alignment, size_t size), (alignment, size))
GUARDED(void *, aligned_alloc, (size_t alignment, size_t size), (alignment, size))
GUARDED(int, posix_memalign, (void **to, size_t alignment, size_t size), (to, alignment, size))
GUARDED(void *, valloc, (size_t size), (size))
GUARDED(void *, pvalloc, (size_t size), (size))
GUARDED(char *, strdup, (const char *text), (text))
GUARDED(char *, __strdup, (const char *text), (text))
GUARDED(char *, strndup, (const char *text, size_t size), (text, size))
/* clang-format on */

extern void
__interceptor_free(void *old);
EXPORTED void
free(void *old);
EXPORTED void
free(void *old)
{
    pthread_rwlock_rdlock(&allocator);
    __interceptor_free(old);
    pthread_rwlock_unlock(&allocator);
}
