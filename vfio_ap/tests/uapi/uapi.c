// SPDX-License-Identifier: GPL-2.0 OR LGPL-2.1-or-later
/*
 * uapi: does to AP matrices what QEMU's vfio-ap does, one command per line of the
 * standard input, one line of answer each.
 */
#include "uapi_command.h"

#include <stdio.h>
#include <string.h>

int main(void)
{
	char line[UAPI_LINE], answer[UAPI_LINE];

	while (fgets(line, sizeof(line), stdin)) {
		if (!strchr(line, '\n')) {
			fprintf(stderr, "uapi: a line is too long\n");
			return 1;
		}
		line[strcspn(line, "\n")] = '\0';
		uapi_do(line, answer, sizeof(answer));
		puts(answer);
		fflush(stdout);
	}
	uapi_close_all();
	return 0;
}
