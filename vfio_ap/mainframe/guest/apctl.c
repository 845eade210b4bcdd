// SPDX-License-Identifier: GPL-2.0
/*
 * apctl: change the cards of the machine that this runs on, and ask about them.
 * What was asked for has happened when this returns.  Prints what the machine
 * says, one thing in a line.  Exit status 1: the command was refused, its reason
 * is on standard error, and nothing has changed; 2: wrong usage; 3: no answer.
 */
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define PORT_NAME "/run/mainframe-control"
#define LOCK	  "/run/mainframe-control.lock"
#define LIMIT	  30 /* seconds */

enum {
	REFUSED = 1,
	WRONG_USAGE,
	NO_ANSWER
};

static const char *waiting_for = "apctl: another command does not end\n";

static void give_up(int signal)
{
	(void)signal;
	(void)!write(STDERR_FILENO, waiting_for, strlen(waiting_for));
	_exit(NO_ANSWER);
}

/* The words of the command, with a space between them */
static char *command_line(char **words)
{
	char *line = NULL;
	size_t size;
	FILE *stream = open_memstream(&line, &size);

	for (; stream && *words; words++)
		fprintf(stream, "%s%s", *words, words[1] ? " " : "");
	if (!stream || fclose(stream))
		err(NO_ANSWER, "%s", PORT_NAME);
	return line;
}

static bool is_command(const char *line)
{
	return line[strspn(line, " \t")] && !strchr(line, '\n') && *line != '#';
}

/* The port has room for one: the lock is kept until this ends */
static FILE *open_port(void)
{
	char path[256];
	int lock = open(LOCK, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	FILE *name, *port;

	if (lock < 0 || flock(lock, LOCK_EX))
		err(NO_ANSWER, "%s", LOCK);
	waiting_for = "apctl: the machine does not answer\n";
	name = fopen(PORT_NAME, "r");
	if (!name || !fgets(path, sizeof(path), name))
		err(NO_ANSWER, "%s", PORT_NAME);
	fclose(name);
	path[strcspn(path, "\n")] = '\0';
	port = fopen(path, "r+");
	if (!port)
		err(NO_ANSWER, "%s", path);
	return port;
}

static void read_line(FILE *port, char **line, size_t *size)
{
	ssize_t length = getline(line, size, port);

	if (length <= 0)
		errx(NO_ANSWER, "the machine does not answer");
	if ((*line)[length - 1] == '\n')
		(*line)[length - 1] = '\0';
}

/* The reply; before it may come what another one did not fetch */
static char *ask(const char *command)
{
	char mark[64], *line = NULL;
	size_t size = 0;
	struct timespec now;
	FILE *port = open_port();

	clock_gettime(CLOCK_BOOTTIME, &now);
	snprintf(mark, sizeof(mark), "ok %d.%ld", getpid(), now.tv_nsec);
	if (fprintf(port, "\necho %s\n%s\n", mark + strlen("ok "), command) < 0 ||
	    fflush(port))
		err(NO_ANSWER, "%s", PORT_NAME);
	do {
		read_line(port, &line, &size);
	} while (strcmp(line, mark));
	read_line(port, &line, &size);
	return line;
}

static void print_value(const char *value)
{
	const char *end;

	while ((end = strstr(value, "; "))) {
		printf("%.*s\n", (int)(end - value), value);
		value = end + strlen("; ");
	}
	puts(value);
}

int main(int argc, char **argv)
{
	const char *reply;
	char *command;

	if (argc < 2)
		errx(WRONG_USAGE, "usage: apctl COMMAND [ARGUMENT ...]; try apctl help");
	command = command_line(argv + 1);
	if (!is_command(command))
		errx(WRONG_USAGE, "a command is one line, and is not empty");
	signal(SIGALRM, give_up);
	alarm(LIMIT);
	reply = ask(command);
	if (!strncmp(reply, "ok ", 3)) {
		print_value(reply + 3);
	} else if (strcmp(reply, "ok")) {
		fprintf(stderr, "%s\n", reply);
		return REFUSED;
	}
	return 0;
}
