// SPDX-License-Identifier: GPL-2.0
/*
 * Single values: ids, flags, numbers, UUIDs and device names.  The C library
 * says what a number is worth.
 */
#include <ctype.h>
#include <stdlib.h>

#include "apc_bus.h"
#include "apc_text.h"
#include <fuzz.h>

/* strtoull() with the kernel's stricter rules around it. */
static int slow_ulong(const char *text, u64 *value)
{
	char *end;

	if (*text == '+')
		text++;
	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	*value = strtoull(text, &end, 0);
	if (errno == ERANGE)
		return -ERANGE;
	if (*end == '\n')
		end++;
	return *end ? -EINVAL : 0;
}

static void check_ulong(const char *text, size_t size)
{
	u64 mine = 0, slow = 0;
	char *copy = strndup(text, size);
	int rc = apc_parse_ulong(text, size, &mine);

	FUZZ_CHECK(copy);
	FUZZ_CHECK(rc == slow_ulong(copy, &slow));
	if (!rc)
		FUZZ_CHECK(mine == slow);
	free(copy);
}

static void check_name(const char *text, size_t size)
{
	unsigned int apid;
	char name[16];
	int apqi;

	if (apc_bus_parse_name(text, size, &apid, &apqi))
		return;
	if (apqi < 0)
		snprintf(name, sizeof(name), "card%02x", apid);
	else
		snprintf(name, sizeof(name), "%02x.%04x", apid, (unsigned int)apqi);
	FUZZ_CHECK(apc_text_equal(text, size, name));
}

static void check_uuid(const char *text, size_t size)
{
	char uuid[APC_UUID_CHARS + 1], again[APC_UUID_CHARS + 1];

	if (apc_uuid_parse(uuid, text, size))
		return;
	FUZZ_CHECK(!apc_uuid_parse(again, uuid, APC_UUID_CHARS));
	FUZZ_CHECK(!strcmp(uuid, again) && !strncasecmp(uuid, text, APC_UUID_CHARS));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	bool flag;
	int value;

	check_ulong(text, size);
	check_name(text, size);
	check_uuid(text, size);
	FUZZ_CHECK(apc_parse_int(text, size, true, &value) <= 0);
	FUZZ_CHECK(apc_parse_int(text, size, false, &value) <= 0);
	FUZZ_CHECK(apc_parse_bool(text, size, &flag) <= 0);
	return 0;
}
