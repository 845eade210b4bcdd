// SPDX-License-Identifier: GPL-2.0
/*
 * apsim: runs a command on a simulated machine with AP cards.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "aps_config.h"
#include "aps_profile.h"
#include "aps_run.h"

#define DEFAULT_PROFILE "doc"

static const char usage[] =
	"Usage: apsim run [--profile NAME|FILE] [--] COMMAND [ARGUMENT...]\n"
	"       apsim profiles\n"
	"       apsim --help | --version\n";

static const char help[] =
	"\n"
	"Run COMMAND on a simulated machine with AP cards: it sees them below /sys, and\n"
	"has private copies of /run, /etc/mdevctl.d, /etc/udev/rules.d, /etc/libvirt\n"
	"and the other directories of libvirt.  All of it goes when COMMAND ends.\n"
	"Needs root.\n"
	"\n"
	"  -p, --profile NAME|FILE  the machine; doc unless told otherwise\n"
	"  -h, --help               this text\n"
	"  -V, --version            the version\n"
	"\n"
	"The exit status is that of COMMAND, or 128 and the number of the signal that\n"
	"ended it; 2 for wrong usage, 125 when there is no machine to run it on, 126 "
	"when\n"
	"it cannot be run, 127 when it is not found.\n"
	"\n"
	"Inside, files in /run/apsim change the machine:\n"
	"\n"
	"  card_add CARDS TYPE        card_remove CARDS\n"
	"  domain_add DOMAINS [usage|control]\n"
	"  domain_remove DOMAINS [usage|control]\n"
	"  configure CARDS            deconfigure CARDS\n"
	"  checkstop CARDS            checkstop_clear CARDS\n"
	"  reset_hang QUEUE           reset_fail QUEUE [CODE]      reset_clear QUEUE\n"
	"  requests QUEUE N [M]       scan_timer on|off\n"
	"  guest_open UUID [GUEST]    guest_close UUID\n"
	"  fail open|read|write NAME|* [N] ERRNO      fail clear\n"
	"  log, state                 to be read\n";

static int wrong_usage(const char *what, const char *word)
{
	fprintf(stderr, "apsim: %s%s\n%s", what, word, usage);
	return APS_EXIT_USAGE;
}

/* A profile, or NULL when the user was told why there is none. */
static struct aps_profile *load_profile(const char *name)
{
	g_autoptr(GError) error = NULL;
	struct aps_profile *profile = aps_profile_load(name, &error);

	if (!profile)
		fprintf(stderr, "apsim: %s\n", error->message);
	return profile;
}

static int list_profiles(void)
{
	g_auto(GStrv) names = aps_profile_names();
	struct aps_profile *profile;
	char **name;

	for (name = names; *name; name++) {
		profile = load_profile(*name);
		if (!profile)
			return APS_EXIT_FAULT;
		printf("%-8s %s\n", *name, profile->description);
		aps_profile_free(profile);
	}
	return 0;
}

/* Takes "--profile NAME" or "--profile=NAME" at @argv[@i]; moves @i behind it. */
static bool take_profile(char **argv, int *i, const char **name)
{
	const char *word = argv[*i];

	if (!strncmp(word, "--profile=", strlen("--profile="))) {
		*name = word + strlen("--profile=");
		*i += 1;
		return true;
	}
	if ((strcmp(word, "--profile") && strcmp(word, "-p")) || !argv[*i + 1])
		return false;
	*name = argv[*i + 1];
	*i += 2;
	return true;
}

static int run(char **argv)
{
	const char *name = DEFAULT_PROFILE;
	struct aps_profile *profile;
	int status, i = 0;

	while (argv[i] && argv[i][0] == '-') {
		if (!strcmp(argv[i], "--")) {
			i++;
			break;
		}
		if (!take_profile(argv, &i, &name))
			return wrong_usage("unknown or incomplete option: ", argv[i]);
	}
	if (!argv[i])
		return wrong_usage("a command is missing", "");
	profile = load_profile(name);
	if (!profile)
		return APS_EXIT_FAULT;
	status = aps_run(profile, argv + i);
	aps_profile_free(profile);
	return status;
}

/*
 * Where the user closed one of the standard files no other may take its place, or
 * messages would go there.  The command finds it closed.
 */
static bool reserve_standard_files(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR | O_CLOEXEC) != fd)
			return false;
	return true;
}

int main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "";

	if (!reserve_standard_files())
		return APS_EXIT_FAULT;
	/* Whoever started us may have told children not to leave word of their end. */
	signal(SIGCHLD, SIG_DFL);
	if (!strcmp(command, "run"))
		return run(argv + 2);
	if (!strcmp(command, "profiles") && argc == 2)
		return list_profiles();
	if (!strcmp(command, "--help") || !strcmp(command, "-h")) {
		printf("%s%s", usage, help);
		return 0;
	}
	if (!strcmp(command, "--version") || !strcmp(command, "-V")) {
		printf("apsim %s\n", APS_VERSION);
		return 0;
	}
	return wrong_usage(*command ? "unknown command: " : "a command is missing",
			   command);
}
