/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virt-ap.c: the command line tool: its commands, and what they have in common.
 */
#include <locale.h>
#include <string.h>

#include "virt-ap.h"

#include "ap-i18n.h"

#define PROGRAM "virt-ap"

static const VirtApCommand *const commands[] = { &virt_ap_guests, &virt_ap_history,
                                                 &virt_ap_rollback };

static const char *
translate(const char *text, gpointer data G_GNUC_UNUSED)
{
    return _(text);
}

static GOptionContext *
new_context(const char *arguments, const GOptionEntry *entries)
{
    static const GOptionEntry none[] = { { NULL, 0, 0, 0, NULL, NULL, NULL } };
    GOptionContext *context = g_option_context_new(arguments);

    g_option_context_add_main_entries(context, entries ? entries : none, NULL);
    g_option_group_set_translate_func(g_option_context_get_main_group(context), translate,
                                      NULL, NULL);
    return context;
}

static gboolean
complain(const char *text)
{
    g_printerr("%s: %s\n", PROGRAM, text);
    g_printerr(_("Try '%s --help' for more information.\n"), PROGRAM);
    return FALSE;
}

gboolean
virt_ap_parse(const VirtApCommand *command,
              const GOptionEntry *entries,
              int n_max,
              int *argc,
              char ***argv)
{
    g_autofree char *name = g_strconcat(PROGRAM " ", command->name, NULL);
    const char *arguments = command->arguments ? _(command->arguments) : NULL;
    g_autoptr(GOptionContext) context = new_context(arguments, entries);
    g_autoptr(GError) error = NULL;

    g_option_context_set_summary(context, _(command->summary));
    /* What --help says how to call it. */
    g_set_prgname(name);
    if (!g_option_context_parse(context, argc, argv, &error))
        return complain(error->message);
    if (*argc - 1 > n_max) {
        g_autofree char *text =
            g_strdup_printf(_("unexpected argument '%s'"), (*argv)[n_max + 1]);

        return complain(text);
    }
    return TRUE;
}

gboolean
virt_ap_parse_number(const char *text, guint64 *number)
{
    g_autofree char *complaint = NULL;

    if (g_ascii_string_to_unsigned(text, 10, 1, G_MAXINT64, number, NULL))
        return TRUE;
    complaint = g_strdup_printf(_("'%s' is not the number of a change"), text);
    return complain(complaint);
}

VirtApStatus
virt_ap_fail(const GError *error)
{
    g_printerr("%s: %s\n", PROGRAM, error->message);
    return VIRT_AP_REFUSED;
}

/* What the library warns of while it does as it was told. */
static void
print_warning(const char *domain G_GNUC_UNUSED,
              GLogLevelFlags level G_GNUC_UNUSED,
              const char *text,
              gpointer data G_GNUC_UNUSED)
{
    g_printerr(_("%s: warning: %s\n"), PROGRAM, text);
}

/* For --help; caller frees. */
static char *
list_commands(void)
{
    GString *list = g_string_new(_("Commands:"));

    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
        g_string_append_printf(list, "\n  %-10s %s", commands[i]->name,
                               _(commands[i]->summary));
    g_string_append_printf(list, "\n\n%s",
                           _("'virt-ap COMMAND --help' has the options of a command."));
    return g_string_free(list, FALSE);
}

static const VirtApCommand *
find_command(const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (g_str_equal(commands[i]->name, name))
            return commands[i];
    }
    return NULL;
}

static VirtApStatus
run_command(const VirtApOptions *options, int argc, char **argv)
{
    const VirtApCommand *command = argc > 1 ? find_command(argv[1]) : NULL;
    g_autofree char *text = NULL;

    if (command)
        return command->run(options, argc - 1, argv + 1);
    if (argc > 1)
        text = g_strdup_printf(_("there is no command '%s'"), argv[1]);
    complain(text ? text : _("a command is missing"));
    return VIRT_AP_USAGE;
}

static VirtApStatus
run(int argc, char **argv)
{
    g_autofree char *root = NULL;
    gboolean version = FALSE;
    const GOptionEntry entries[] = {
        { "root", 0, 0, G_OPTION_ARG_FILENAME, &root,
          N_("Work beneath DIRECTORY instead of /"), N_("DIRECTORY") },
        { "version", 0, 0, G_OPTION_ARG_NONE, &version, N_("Print the version"), NULL },
        { NULL, 0, 0, 0, NULL, NULL, NULL },
    };
    g_autoptr(GOptionContext) context = new_context(_("COMMAND [ARGUMENT…]"), entries);
    g_autofree char *list = list_commands();
    g_autoptr(GError) error = NULL;

    g_option_context_set_description(context, list);
    /* What is behind the command is for the command. */
    g_option_context_set_strict_posix(context, TRUE);
    if (!g_option_context_parse(context, &argc, &argv, &error)) {
        complain(error->message);
        return VIRT_AP_USAGE;
    }
    if (version) {
        g_print("%s %s\n", PROGRAM, VERSION);
        return VIRT_AP_DONE;
    }
    return run_command(&(VirtApOptions){ .root = root ? root : "/" }, argc, argv);
}

int
main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    g_set_prgname(PROGRAM);
    g_log_set_handler(G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, print_warning, NULL);
    return (int)run(argc, argv);
}
