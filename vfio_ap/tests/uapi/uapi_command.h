/* SPDX-License-Identifier: GPL-2.0 OR LGPL-2.1-or-later */
/*
 * The VFIO client and the micro guest as commands of one line; README.rst lists them.
 * What is opened gets a name, and lives until that is closed.
 */
#ifndef UAPI_COMMAND_H
#define UAPI_COMMAND_H

#include <stddef.h>

/* Longer lines are refused. */
#define UAPI_LINE 2048

/*
 * Does what @line says, and answers "ok", "ok VALUE…", "error ERRNO", or "wrong" and a
 * reason where @line is no command.  @line is taken apart.
 */
void uapi_do(char *line, char *answer, size_t size);
/* Everything that has a name. */
void uapi_close_all(void);

#endif
