/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-xml-init.c: the start-up of libxml2, once per process.  There is no
 * counterpart that ends it: the library is shared with the rest of the daemon.
 */
#include <libxml/parser.h>
#include <libxml/relaxng.h>

#include <glib.h>

#include "ap-xml-init.h"

void
ap_xml_init(void)
{
    static gsize done;

    if (!g_once_init_enter(&done))
        return;
    xmlInitParser();
    xmlRelaxNGInitTypes();
    g_once_init_leave(&done, 1);
}
