/* SPDX-License-Identifier: GPL-2.0 OR LGPL-2.1-or-later */
/*
 * Private to the commands: their words and answers, and the names of what is open.
 */
#ifndef UAPI_WORDS_H
#define UAPI_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UAPI_WORDS 40
#define UAPI_NAME  40

enum uapi_kind {
	UAPI_NOTHING,
	UAPI_CONTAINER,
	UAPI_GROUP,
	UAPI_DEVICE,
	UAPI_IOMMUFD,
	UAPI_EVENTFD,
	UAPI_GUEST,
};

struct uapi_object {
	char name[UAPI_NAME];
	enum uapi_kind kind;
	int fd;
	uint32_t ioas;
	struct uapi_guest *guest;
};

/* What a command works with. */
struct uapi_context {
	char *words[UAPI_WORDS];
	unsigned int count;
	char *answer;
	size_t size;
};

/* The answer. */
void uapi_say(struct uapi_context *c, const char *format, ...);
/* ok, or the error if @rc is negative. */
void uapi_say_result(struct uapi_context *c, int rc);

bool uapi_is_word(const struct uapi_context *c, unsigned int n, const char *word);
/* False when it is no number, which is the answer then. */
bool uapi_read_number(struct uapi_context *c, unsigned int n, uint64_t *value);
/* The same, or @other where there is no such word or only a dash. */
bool uapi_read_number_or(struct uapi_context *c, unsigned int n, uint64_t other,
			 uint64_t *value);

/* What has that name, or NULL. */
struct uapi_object *uapi_find(const char *name);
/*
 * What the word names, which has to be of that kind unless that is UAPI_NOTHING; NULL
 * when it isn't, which is the answer then.
 */
struct uapi_object *uapi_named(struct uapi_context *c, unsigned int n,
			       enum uapi_kind wanted);
/* Gives @fd the name in the second word, or answers why not, and returns NULL. */
struct uapi_object *uapi_name_fd(struct uapi_context *c, enum uapi_kind wanted, int fd);
/* Closes it; its name is free again. */
void uapi_drop(struct uapi_object *object);

/* --- what guests do, each a command --- */

void uapi_do_guest(struct uapi_context *c);
void uapi_do_tell(struct uapi_context *c);
void uapi_do_untell(struct uapi_context *c);
void uapi_do_run(struct uapi_context *c);
void uapi_do_wait(struct uapi_context *c);
void uapi_do_peek(struct uapi_context *c);
void uapi_do_poke(struct uapi_context *c);

#endif
