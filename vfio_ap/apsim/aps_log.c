// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel log of the simulated machine.
 */
#include "aps_log.h"

/* As the kernel's ring: the oldest lines go when it gets longer. */
#define MAX_LENGTH  (1024 * 1024)
#define DROP_LENGTH (MAX_LENGTH / 4)

/* @lock protects @text; nothing else is taken while it is held. */
struct aps_log {
	GMutex lock;
	GString *text;
};

struct aps_log *aps_log_new(void)
{
	struct aps_log *log = g_new0(struct aps_log, 1);

	g_mutex_init(&log->lock);
	log->text = g_string_new(NULL);
	return log;
}

void aps_log_free(struct aps_log *log)
{
	if (!log)
		return;
	g_string_free(log->text, TRUE);
	g_mutex_clear(&log->lock);
	g_free(log);
}

static void drop_oldest(GString *text)
{
	const char *line;

	if (text->len <= MAX_LENGTH)
		return;
	line = strchr(text->str + DROP_LENGTH, '\n');
	g_string_erase(text, 0, line ? line + 1 - text->str : (gssize)text->len);
}

void aps_log_add(struct aps_log *log, const char *format, ...)
{
	gint64 now = g_get_monotonic_time();
	va_list args;

	g_mutex_lock(&log->lock);
	g_string_append_printf(log->text, "[%5" G_GINT64_FORMAT ".%06d] ",
			       now / G_USEC_PER_SEC, (int)(now % G_USEC_PER_SEC));
	va_start(args, format);
	g_string_append_vprintf(log->text, format, args);
	va_end(args);
	g_string_append_c(log->text, '\n');
	drop_oldest(log->text);
	g_mutex_unlock(&log->lock);
}

char *aps_log_text(struct aps_log *log, gsize *len)
{
	char *text;

	g_mutex_lock(&log->lock);
	*len = log->text->len;
	text = g_strndup(log->text->str, log->text->len);
	g_mutex_unlock(&log->lock);
	return text;
}
