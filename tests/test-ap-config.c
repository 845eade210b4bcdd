/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-config.c: the configuration file, and that the example and the manual
 * page say of it what the code does.
 */
#include <string.h>

#include "ap-config.h"
#include "ap-root.h"

#define PATH "etc/libvirt/ap.conf"

static void
assert_defaults(const ApConfig *config)
{
    g_assert_cmpint(config->autostart_definitions, ==, AP_POLICY_REFUSE);
    g_assert_cmpint(config->manual_definitions, ==, AP_POLICY_WARN);
    g_assert_cmpint(config->persistent_masks, ==, AP_POLICY_WARN);
    g_assert_cmpuint(config->methods, ==, 7);
    g_assert_cmpint(config->collateral, ==, AP_POLICY_WARN);
    g_assert_cmpint(config->queues_in_use, ==, AP_POLICY_REFUSE);
    g_assert_cmpint(config->open_nodes, ==, AP_POLICY_WARN);
    g_assert_cmpint(config->default_domain, ==, AP_POLICY_REFUSE);
    g_assert_false(config->persistent);
    g_assert_true(config->give_back);
    g_assert_cmpint(config->incomplete_matrix, ==, AP_POLICY_REFUSE);
    g_assert_cmpint(config->cpu_features, ==, AP_POLICY_REFUSE);
    g_assert_cmpuint(config->deadline, ==, 10);
    g_assert_true(config->system_journal);
    g_assert_true(config->history);
    g_assert_false(config->show_extensions);
}

static void
test_missing_defaults(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(GError) error = NULL;
    ApConfig config;

    memset(&config, 0xaa, sizeof(config));
    ap_config_read(root->fd, &config, &error);
    g_assert_no_error(error);
    assert_defaults(&config);
    ap_root_write(root, PATH, "");
    ap_config_read(root->fd, &config, &error);
    g_assert_no_error(error);
    assert_defaults(&config);
}

static void
test_read_all_keys(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(GError) error = NULL;
    ApConfig config;

    ap_root_write(root, PATH,
                  "# all of them\n\n[conflicts]\nmanual-definitions=refuse\n"
                  "  persistent-masks =\tallow \n[reservation]\n"
                  "methods = domains;\ncollateral = refuse\n"
                  "queues-in-use = warn\nopen-nodes = refuse\ndefault-domain = "
                  "allow\npersist = yes\n"
                  "give-back = no\n[lock]\ndeadline = 600\n[journal]\nsystem = no\n"
                  "history = no\n[xml]\nshow-extensions = yes");
    ap_config_read(root->fd, &config, &error);
    g_assert_no_error(error);
    g_assert_cmpint(config.manual_definitions, ==, AP_POLICY_REFUSE);
    g_assert_cmpint(config.persistent_masks, ==, AP_POLICY_ALLOW);
    g_assert_cmpuint(config.methods, ==, AP_METHOD_DOMAINS);
    g_assert_cmpint(config.collateral, ==, AP_POLICY_REFUSE);
    g_assert_cmpint(config.queues_in_use, ==, AP_POLICY_WARN);
    g_assert_cmpint(config.open_nodes, ==, AP_POLICY_REFUSE);
    g_assert_cmpint(config.default_domain, ==, AP_POLICY_ALLOW);
    g_assert_true(config.persistent);
    g_assert_false(config.give_back);
    g_assert_cmpuint(config.deadline, ==, 600);
    g_assert_false(config.system_journal);
    g_assert_false(config.history);
    g_assert_true(config.show_extensions);
}

static const struct {
    const char *name;
    const char *text;
    guint line;
    const char *named;
} mistakes[] = {
    { "group", "[conflicts]\n[conflict]\n", 2, "'conflict'" },
    { "group_open", "[lock\n", 1, "']'" },
    { "group_with_more", "[lock] x\n", 1, "']'" },
    { "key", "[lock]\n#\n\ndeadlin = 5\n", 4, "'deadlin'" },
    { "key_of_other_group", "[xml]\ndeadline = 5\n", 2, "'deadline'" },
    { "key_in_no_group", "deadline = 5\n", 1, "'deadline'" },
    { "key_translated", "[lock]\ndeadline[de] = 5\n", 2, "'deadline[de]'" },
    { "key_twice", "[lock]\ndeadline = 5\n[lock]\ndeadline = 5\n", 4, "line 2" },
    { "no_value", "[lock]\ndeadline\n", 2, "'deadline'" },
    { "empty_value", "[lock]\ndeadline =\n", 2, "''" },
    { "seconds_none", "[lock]\ndeadline = 0\n", 2, "'0'" },
    { "seconds_many", "[lock]\ndeadline = 601\n", 2, "'601'" },
    { "seconds_with_unit", "[lock]\ndeadline = 5s\n", 2, "'5s'" },
    { "seconds_negative", "[lock]\ndeadline = -5\n", 2, "'-5'" },
    { "switch", "[xml]\nshow-extensions = true\n", 2, "'true'" },
    { "switch_case", "[xml]\nshow-extensions = Yes\n", 2, "'Yes'" },
    { "policy", "[conflicts]\nmanual-definitions = deny\n", 2, "'deny'" },
    { "policy_and_comment", "[conflicts]\nmanual-definitions = warn # x\n", 2, "warn #" },
    { "methods_none", "[reservation]\nmethods = ;\n", 2, "';'" },
    { "methods_comma", "[reservation]\nmethods = adapters,domains\n", 2, "," },
    { "methods_twice", "[reservation]\nmethods = domains;domains\n", 2, "domains;" },
    { "not_utf8", "[lock]\n# \xff\n", 1, "UTF-8" },
};

static void
test_mistake(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_autoptr(ApRoot) root = ap_root_new();
    g_autofree char *line = g_strdup_printf("'/" PATH "', line %u: ", mistakes[i].line);
    /* What was right before is not kept either. */
    g_autofree char *text = g_strconcat(mistakes[i].text, "[journal]\nsystem=no\n", NULL);
    g_autoptr(GError) error = NULL;
    ApConfig config;

    ap_root_write(root, PATH, text);
    g_assert_false(ap_config_read(root->fd, &config, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_CONFIG);
    g_assert_true(g_str_has_prefix(error->message, line));
    g_assert_nonnull(strstr(error->message, mistakes[i].named));
    assert_defaults(&config);
}

static void
test_mistake_after_good_defaults(void)
{
    static const char text[] = "[journal]\nsystem = no\nhistory = maybe\n";
    g_autoptr(GError) error = NULL;
    ApConfig config;

    g_assert_false(ap_config_parse("x", text, strlen(text), &config, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_CONFIG);
    assert_defaults(&config);
}

static void
test_unreadable_refused(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autofree char *large = g_strnfill(64 * 1024, '\n');
    g_autoptr(GError) error = NULL;
    ApConfig config;

    ap_root_mkdir(root, PATH);
    g_assert_false(ap_config_read(root->fd, &config, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_IO);
    g_assert_nonnull(strstr(error->message, "'/" PATH "'"));
    assert_defaults(&config);
    g_clear_error(&error);
    ap_root_remove(root, PATH);
    ap_root_write(root, PATH, large);
    g_assert_false(ap_config_read(root->fd, &config, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_IO);
    large[64 * 1024 - 1] = '\0';
    ap_root_write(root, PATH, large);
    g_assert_true(ap_config_read(root->fd, &config, NULL));
}

static char *
read_source(const char *name)
{
    g_autofree char *path = g_build_filename(g_getenv("AP_TEST_SOURCE_ROOT"), name, NULL);
    g_autoptr(GError) error = NULL;
    char *text = NULL;

    g_file_get_contents(path, &text, NULL, &error);
    g_assert_no_error(error);
    return text;
}

static char *
format_defaults(void)
{
    ApConfig config;

    g_assert_true(ap_config_parse("x", "", 0, &config, NULL));
    return ap_config_format(&config);
}

static gboolean
is_group_or_key(const char *line)
{
    return *line == '[' || (g_ascii_islower(*line) && strstr(line, " = "));
}

/* The groups and keys of the example, those that are commented out included, in
 * the form of ap_config_format(). */
static char *
strip_example(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    GString *out = g_string_new(NULL);

    for (guint i = 0; lines[i]; i++) {
        const char *line = lines[i] + (lines[i][0] == '#');

        if (!is_group_or_key(line))
            continue;
        if (*line == '[' && out->len)
            g_string_append_c(out, '\n');
        g_string_append_printf(out, "%s\n", line);
    }
    return g_string_free(out, FALSE);
}

static void
test_example_has_all_defaults(void)
{
    g_autofree char *example = read_source("docs/ap.conf");
    g_autofree char *keys = strip_example(example);
    g_autofree char *expected = format_defaults();
    g_autoptr(GError) error = NULL;
    ApConfig config;

    g_assert_cmpstr(keys, ==, expected);
    /* As it is, and with nothing commented out. */
    ap_config_parse("x", example, strlen(example), &config, &error);
    g_assert_no_error(error);
    assert_defaults(&config);
    ap_config_parse("x", keys, strlen(keys), &config, &error);
    g_assert_no_error(error);
    assert_defaults(&config);
}

/* The entries of the manual page in the form of ap_config_format(): a group is a
 * headline, a key a line ``key`` = *kind*, default ``value``. */
static char *
strip_page(const char *text)
{
    g_autoptr(GRegex) regex = g_regex_new(
        "^([a-z]+)\n-+\n|^``([a-z-]+)`` = \\*[a-z]+\\*, default ``([^`]+)``\n",
        G_REGEX_MULTILINE, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    GString *out = g_string_new(NULL);

    g_regex_match(regex, text, 0, &match);
    for (; g_match_info_matches(match); g_match_info_next(match, NULL)) {
        g_autofree char *group = g_match_info_fetch(match, 1);
        g_autofree char *key = g_match_info_fetch(match, 2);
        g_autofree char *value = g_match_info_fetch(match, 3);

        if (*group)
            g_string_append_printf(out, "%s[%s]\n", out->len ? "\n" : "", group);
        else
            g_string_append_printf(out, "%s = %s\n", key, value);
    }
    return g_string_free(out, FALSE);
}

static void
test_page_has_all_defaults(void)
{
    g_autofree char *page = read_source("docs/ap.conf.5.rst");
    g_autofree char *keys = strip_page(page);
    g_autofree char *expected = format_defaults();

    g_assert_cmpstr(keys, ==, expected);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ap-config/missing_defaults", test_missing_defaults);
    g_test_add_func("/ap-config/read_all_keys", test_read_all_keys);
    for (gsize i = 0; i < G_N_ELEMENTS(mistakes); i++) {
        g_autofree char *path =
            g_strdup_printf("/ap-config/mistake_%s_refused", mistakes[i].name);

        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_mistake);
    }
    g_test_add_func("/ap-config/mistake_after_good_defaults",
                    test_mistake_after_good_defaults);
    g_test_add_func("/ap-config/unreadable_refused", test_unreadable_refused);
    g_test_add_func("/ap-config/example_has_all_defaults", test_example_has_all_defaults);
    g_test_add_func("/ap-config/page_has_all_defaults", test_page_has_all_defaults);
    return g_test_run();
}
