// SPDX-License-Identifier: GPL-2.0 OR LGPL-2.1-or-later
/*
 * The commands of guests.
 */
#include "uapi_guest.h"
#include "uapi_words.h"

#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define RUN_SECONDS 60

void uapi_do_guest(struct uapi_context *c)
{
	struct uapi_model model = { .ap = !uapi_is_word(c, 2, "no-ap"),
				    .aqic = !uapi_is_word(c, 2, "no-aqic") };
	struct uapi_guest *guest;
	struct uapi_object *object;
	int rc = uapi_guest_new(&model, &guest);

	if (rc) {
		uapi_say_result(c, rc);
		return;
	}
	/* Its name is not for a file. */
	object = uapi_name_fd(c, UAPI_GUEST, eventfd(0, EFD_CLOEXEC));
	if (!object) {
		uapi_guest_free(guest);
		return;
	}
	close(object->fd);
	object->fd = -1;
	object->guest = guest;
}

static void tell(struct uapi_context *c, bool has)
{
	struct uapi_object *guest = uapi_named(c, 1, UAPI_GUEST);
	struct uapi_object *object = guest ? uapi_named(c, 2, UAPI_NOTHING) : NULL;

	if (object)
		uapi_say_result(c, uapi_guest_tell(guest->guest, object->fd, has));
}

void uapi_do_tell(struct uapi_context *c)
{
	tell(c, true);
}

void uapi_do_untell(struct uapi_context *c)
{
	tell(c, false);
}

static bool read_text(struct uapi_context *c, struct uapi_run *run)
{
	const char *hex = c->words[2];
	unsigned int byte;

	while (run->len < sizeof(run->text) && sscanf(hex, "%2x", &byte) == 1 && hex[1]) {
		run->text[run->len++] = byte;
		hex += 2;
	}
	if (!*hex && (run->len == 2 || run->len == 4 || run->len == 6))
		return true;
	uapi_say(c, "wrong: '%s' is not an instruction", c->words[2]);
	return false;
}

static bool read_registers(struct uapi_context *c, struct uapi_run *run)
{
	unsigned int i, gpr;
	char *value;

	for (i = 3; i < c->count; i++) {
		if (uapi_is_word(c, i, "problem")) {
			run->problem = true;
			continue;
		}
		value = strchr(c->words[i], '=');
		if (!value || sscanf(c->words[i], "gr%u=", &gpr) != 1 ||
		    gpr >= UAPI_GPRS) {
			uapi_say(c, "wrong: '%s' sets no register", c->words[i]);
			return false;
		}
		c->words[i] = value + 1;
		if (!uapi_read_number(c, i, &run->gprs[gpr]))
			return false;
	}
	return true;
}

static void say_registers(struct uapi_context *c, const struct uapi_run *run)
{
	char text[512];
	int len = 0;
	unsigned int i;

	for (i = 0; i < 8; i++)
		len += sprintf(text + len, " gr%u=%#llx", i,
			       (unsigned long long)run->gprs[i]);
	uapi_say(c, "ok cc=%u%s", run->cc, text);
}

static void say_run(struct uapi_context *c, int rc, const struct uapi_run *run)
{
	if (rc) {
		uapi_say_result(c, rc);
		return;
	}
	switch (run->ended) {
	case UAPI_ENDED_WELL:
		say_registers(c, run);
		break;
	case UAPI_ENDED_PROGRAM:
		uapi_say(c, "ok program=%#x", run->code);
		break;
	case UAPI_ENDED_IO:
		uapi_say(c, "ok io=%#x", run->code);
		break;
	case UAPI_ENDED_OUTSIDE:
		uapi_say(c, "ok outside=%u", run->code);
		break;
	case UAPI_ENDED_LATE:
		uapi_say(c, "ok late");
		break;
	}
}

/* run GUEST HEX [problem] [grN=VALUE…] */
void uapi_do_run(struct uapi_context *c)
{
	struct uapi_object *guest = uapi_named(c, 1, UAPI_GUEST);
	struct uapi_run run = { 0 };

	if (guest && read_text(c, &run) && read_registers(c, &run))
		say_run(c, uapi_guest_run(guest->guest, &run, RUN_SECONDS), &run);
}

void uapi_do_wait(struct uapi_context *c)
{
	struct uapi_object *guest = uapi_named(c, 1, UAPI_GUEST);
	struct uapi_run run = { 0 };
	uint64_t iscs, seconds;

	if (guest && uapi_read_number(c, 2, &iscs) && uapi_read_number(c, 3, &seconds))
		say_run(c, uapi_guest_wait(guest->guest, iscs, &run, seconds), &run);
}

static unsigned char *address_word(struct uapi_context *c, struct uapi_object *guest,
				   unsigned int n, size_t size)
{
	uint64_t address;

	if (!uapi_read_number(c, n, &address))
		return NULL;
	if (address < UAPI_GUEST_FREE || address > UAPI_GUEST_MEMORY - size) {
		uapi_say(c, "wrong: the guest has no memory to give at '%s'",
			 c->words[n]);
		return NULL;
	}
	return uapi_guest_memory(guest->guest) + address;
}

/* peek GUEST ADDRESS [COUNT] */
void uapi_do_peek(struct uapi_context *c)
{
	struct uapi_object *guest = uapi_named(c, 1, UAPI_GUEST);
	char text[2 * 256 + 1] = "";
	unsigned char *from;
	uint64_t size, i;

	if (!guest || !uapi_read_number_or(c, 3, 1, &size))
		return;
	if (size > 256) {
		uapi_say(c, "wrong: 256 bytes at most");
		return;
	}
	from = address_word(c, guest, 2, size);
	if (!from)
		return;
	for (i = 0; i < size; i++)
		sprintf(text + 2 * i, "%02x", from[i]);
	uapi_say(c, "ok %s", text);
}

/* poke GUEST ADDRESS HEX */
void uapi_do_poke(struct uapi_context *c)
{
	struct uapi_object *guest = uapi_named(c, 1, UAPI_GUEST);
	const char *hex = c->words[3];
	unsigned char *to = guest ? address_word(c, guest, 2, strlen(hex) / 2) : NULL;
	unsigned int byte;

	if (!to)
		return;
	for (; sscanf(hex, "%2x", &byte) == 1 && hex[1]; hex += 2)
		*to++ = byte;
	uapi_say(c, *hex ? "wrong: these are not bytes" : "ok");
}
