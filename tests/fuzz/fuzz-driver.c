/* SPDX-License-Identifier: GPL-2.0 OR LGPL-2.1-or-later */
/*
 * fuzz-driver.c: runs a libFuzzer target without libFuzzer.
 *
 * Replays every file named on the command line (directories: every file in
 * them, sorted), then a fixed number of mutations of these, always the same
 * ones: the generator starts from a constant, so that a failing run fails
 * again.  This lets the fuzz targets run in the unit suite under any compiler
 * and under its sanitizers, in a second or two.  Every input lives in a heap
 * block of exactly its size, so that a read past the end is seen.
 *
 * Usage: TARGET [--mutations N] [--seed N] [--dump FILE] PATH...
 *
 * --dump writes each input to FILE before it is run, for the post-mortem of an
 * input that ends the process.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

#define INPUT_MAX_SIZE (64 * 1024)

struct input {
    uint8_t *data;
    size_t size;
};

struct corpus {
    struct input *items;
    size_t count;
};

static uint64_t rng_state;
static const char *dump_path;

/* xorshift64*: quality is of no importance here, being the same everywhere is. */
static uint32_t
rng_next(void)
{
    rng_state ^= rng_state >> 12;
    rng_state ^= rng_state << 25;
    rng_state ^= rng_state >> 27;
    return (uint32_t)((rng_state * UINT64_C(2685821657736338717)) >> 32);
}

static size_t
rng_below(size_t limit)
{
    return limit ? rng_next() % limit : 0;
}

static void
die(const char *what, const char *path)
{
    fprintf(stderr, "fuzz-driver: %s %s: %s\n", what, path, strerror(errno));
    exit(2);
}

static void *
check_alloc(void *block)
{
    if (!block)
        die("out of memory", "");
    return block;
}

static void
corpus_add(struct corpus *corpus, const uint8_t *data, size_t size)
{
    struct input *item;

    corpus->items =
        check_alloc(realloc(corpus->items, (corpus->count + 1) * sizeof(*corpus->items)));
    item = &corpus->items[corpus->count++];
    item->data = check_alloc(malloc(size ? size : 1));
    item->size = size;
    if (size)
        memcpy(item->data, data, size);
}

static void
corpus_add_file(struct corpus *corpus, const char *path)
{
    static uint8_t buffer[INPUT_MAX_SIZE];
    FILE *file = fopen(path, "rb");
    size_t size;

    if (!file)
        die("cannot open", path);
    size = fread(buffer, 1, sizeof(buffer), file);
    if (ferror(file))
        die("cannot read", path);
    fclose(file);
    corpus_add(corpus, buffer, size);
}

static int
is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void
corpus_add_path(struct corpus *corpus, const char *path)
{
    struct dirent **entries;
    struct stat info;
    int count;

    if (stat(path, &info) < 0)
        die("cannot stat", path);
    if (!S_ISDIR(info.st_mode)) {
        corpus_add_file(corpus, path);
        return;
    }
    count = scandir(path, &entries, is_visible, alphasort);
    if (count < 0)
        die("cannot list", path);
    for (int i = 0; i < count; i++) {
        char child[4096];

        if (snprintf(child, sizeof(child), "%s/%s", path, entries[i]->d_name) >=
            (int)sizeof(child))
            die("path too long", path);
        corpus_add_path(corpus, child);
        free(entries[i]);
    }
    free(entries);
}

static void
dump_input(const uint8_t *data, size_t size)
{
    FILE *file = fopen(dump_path, "wb");

    if (!file || fwrite(data, 1, size, file) != size || fclose(file))
        die("cannot write", dump_path);
}

static void
run_one(const uint8_t *data, size_t size)
{
    uint8_t *exact = check_alloc(malloc(size ? size : 1));

    if (size)
        memcpy(exact, data, size);
    if (dump_path)
        dump_input(exact, size);
    LLVMFuzzerTestOneInput(size ? exact : exact + 1, size);
    free(exact);
}

static size_t
remove_range(uint8_t *data, size_t size)
{
    size_t from = rng_below(size);
    size_t length = 1 + rng_below(rng_below(size - from) + 1);

    if (length > size - from)
        length = size - from;
    memmove(data + from, data + from + length, size - from - length);
    return size - length;
}

static size_t
insert_range(uint8_t *data, size_t size, const uint8_t *source, size_t length)
{
    size_t at = rng_below(size + 1);

    if (length > INPUT_MAX_SIZE - size)
        length = INPUT_MAX_SIZE - size;
    memmove(data + at + length, data + at, size - at);
    memcpy(data + at, source, length);
    return size + length;
}

static size_t
insert_from(uint8_t *data, size_t size, const struct input *donor)
{
    uint8_t piece[256];
    size_t from = rng_below(donor->size);
    size_t length = rng_below(donor->size - from) + 1;

    if (!donor->size)
        return size;
    if (length > sizeof(piece))
        length = 1 + rng_below(sizeof(piece));
    memcpy(piece, donor->data + from, length);
    return insert_range(data, size, piece, length);
}

static size_t
mutate_once(const struct corpus *corpus, uint8_t *data, size_t size)
{
    static const char interesting[] = "\0\n\r\t \"&',-.+/0129:;<=>xXfF_\x7f\x80\xc3\xff";
    uint8_t byte = (uint8_t)interesting[rng_below(sizeof(interesting) - 1)];

    switch (rng_below(6)) {
    case 0:
        if (size)
            data[rng_below(size)] ^= (uint8_t)(1u << rng_below(8));
        return size;
    case 1:
        if (size)
            data[rng_below(size)] = byte;
        return size;
    case 2:
        return insert_range(data, size, &byte, 1);
    case 3:
        return size ? remove_range(data, size) : 0;
    case 4:
        return insert_from(data, size, &corpus->items[rng_below(corpus->count)]);
    default:
        return rng_below(16) ? size : rng_below(size + 1);
    }
}

static void
run_mutations(const struct corpus *corpus, unsigned long count)
{
    static uint8_t data[INPUT_MAX_SIZE];

    for (unsigned long i = 0; i < count; i++) {
        const struct input *seed = &corpus->items[rng_below(corpus->count)];
        size_t size = seed->size;
        size_t rounds = 1 + rng_below(8);

        memcpy(data, seed->data, size);
        while (rounds--)
            size = mutate_once(corpus, data, size);
        run_one(data, size);
    }
}

static unsigned long
parse_number(const char *text)
{
    char *end;
    unsigned long value;

    errno = 0;
    value = text ? strtoul(text, &end, 0) : 0;
    if (!text || errno || *end || end == text) {
        fprintf(stderr, "fuzz-driver: not a number: %s\n", text ? text : "(missing)");
        exit(2);
    }
    return value;
}

int
main(int argc, char **argv)
{
    struct corpus corpus = { NULL, 0 };
    unsigned long mutations = 2000;

    rng_state = UINT64_C(0x9e3779b97f4a7c15);
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--mutations"))
            mutations = parse_number(argv[++i]);
        else if (!strcmp(argv[i], "--seed"))
            rng_state ^= parse_number(argv[++i]);
        else if (!strcmp(argv[i], "--dump"))
            dump_path = argv[++i];
        else
            corpus_add_path(&corpus, argv[i]);
    }
    if (!corpus.count) {
        fprintf(stderr, "fuzz-driver: no seeds: an empty corpus would test nothing\n");
        return 2;
    }
    for (size_t i = 0; i < corpus.count; i++)
        run_one(corpus.items[i].data, corpus.items[i].size);
    run_mutations(&corpus, mutations);
    printf("%zu seeds, %lu mutations\n", corpus.count, mutations);
    for (size_t i = 0; i < corpus.count; i++)
        free(corpus.items[i].data);
    free(corpus.items);
    return 0;
}
