/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-xml-init.h: the start-up of libxml2, once per process.
 */
#pragma once

/* To be called before anything of libxml2: its own initialisation on first use
 * is not safe when two threads get there together, and a daemon has many. */
void
ap_xml_init(void);
