// SPDX-License-Identifier: GPL-2.0 OR LGPL-2.1-or-later
/*
 * Words, answers, and the names of what is open.
 */
#include "uapi_words.h"
#include "uapi_command.h"
#include "uapi_guest.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_OBJECTS 64

static struct uapi_object objects[MAX_OBJECTS];

/* --- answers --- */

void uapi_say(struct uapi_context *c, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(c->answer, c->size, format, args);
	va_end(args);
}

void uapi_say_result(struct uapi_context *c, int rc)
{
	if (rc < 0)
		uapi_say(c, "error %s", strerrorname_np(-rc));
	else
		uapi_say(c, "ok");
}

/* --- words --- */

bool uapi_is_word(const struct uapi_context *c, unsigned int n, const char *word)
{
	return n < c->count && !strcmp(c->words[n], word);
}

bool uapi_read_number(struct uapi_context *c, unsigned int n, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(c->words[n], &end, 0);
	if (!errno && end != c->words[n] && !*end)
		return true;
	uapi_say(c, "wrong: '%s' is not a number", c->words[n]);
	return false;
}

bool uapi_read_number_or(struct uapi_context *c, unsigned int n, uint64_t other,
			 uint64_t *value)
{
	*value = other;
	return n >= c->count || uapi_is_word(c, n, "-") || uapi_read_number(c, n, value);
}

struct uapi_object *uapi_find(const char *name)
{
	size_t i;

	for (i = 0; i < MAX_OBJECTS; i++)
		if (objects[i].kind != UAPI_NOTHING && !strcmp(objects[i].name, name))
			return &objects[i];
	return NULL;
}

struct uapi_object *uapi_named(struct uapi_context *c, unsigned int n,
			       enum uapi_kind wanted)
{
	struct uapi_object *object = uapi_find(c->words[n]);

	if (object && (wanted == UAPI_NOTHING || object->kind == wanted))
		return object;
	uapi_say(c, "wrong: '%s' is nothing of that kind", c->words[n]);
	return NULL;
}

struct uapi_object *uapi_name_fd(struct uapi_context *c, enum uapi_kind wanted, int fd)
{
	const char *name = c->words[1];
	struct uapi_object *object = objects;

	if (fd < 0) {
		uapi_say_result(c, fd);
		return NULL;
	}
	while (object->kind != UAPI_NOTHING && object < objects + MAX_OBJECTS - 1)
		object++;
	if (uapi_find(name) || object->kind != UAPI_NOTHING ||
	    strlen(name) >= UAPI_NAME) {
		uapi_say(c, "wrong: the name '%s' cannot be given", name);
		close(fd);
		return NULL;
	}
	*object = (struct uapi_object){ .kind = wanted, .fd = fd };
	strcpy(object->name, name);
	uapi_say(c, "ok");
	return object;
}

void uapi_drop(struct uapi_object *object)
{
	if (object->kind == UAPI_GUEST)
		uapi_guest_free(object->guest);
	else
		close(object->fd);
	object->kind = UAPI_NOTHING;
}

void uapi_close_all(void)
{
	size_t i;

	for (i = MAX_OBJECTS; i-- > 0;)
		if (objects[i].kind != UAPI_NOTHING)
			uapi_drop(&objects[i]);
}
