/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-i18n.c: messages come out in the user's language, whichever text
 * domain the program has.
 */
#include <libintl.h>
#include <locale.h>

#include <libvirt-ap/ap-nodedev-xml.h>

#include "ap-i18n.h"

static void
test_untranslated_is_itself(void)
{
    static const char text[] = "no catalogue has this";

    g_assert_true(ap_gettext(text) == text);
}

static void
test_german_refusal(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(ap_nodedev_xml_parse("<device/>", &error));
    g_assert_cmpstr(error->message, ==,
                    "das Gerät hat keine Fähigkeit: erwartet wird "
                    "<capability type='mdev'>");
}

/* Texts in tables are translated where they are used. */
static void
test_german_text_of_table(void)
{
    g_autoptr(GError) error = NULL;
    static const char xml[] =
        "<device><parent>ap_matrix</parent><capability type='mdev'>"
        "<type id='vfio_ap-passthrough'/><attr name='assign_domain' value='256'/>"
        "</capability></device>";

    g_assert_null(ap_nodedev_xml_parse(xml, &error));
    g_assert_cmpstr(error->message, ==,
                    "ungültiger Wert '256' des Attributs 'assign_domain': erwartet wird "
                    "eine Domäne von 0 bis 255 (0xff), dezimal oder mit 0x hexadezimal");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_setenv("LANGUAGE", "de", TRUE);
    setlocale(LC_ALL, "C.UTF-8");
    textdomain("another-program");
    /* Once it has been bound, it can be bound elsewhere: here, to the build. */
    ap_gettext("");
    bindtextdomain(GETTEXT_PACKAGE, g_getenv("AP_TEST_CATALOGUES"));
    g_test_add_func("/i18n/untranslated_is_itself", test_untranslated_is_itself);
    g_test_add_func("/i18n/german_refusal", test_german_refusal);
    g_test_add_func("/i18n/german_text_of_table", test_german_text_of_table);
    return g_test_run();
}
