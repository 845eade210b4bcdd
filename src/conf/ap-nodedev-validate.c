/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-nodedev-validate.c: holds a node device document against a RELAX NG schema,
 * for the VALIDATE flag of create and define.
 *
 * Only here a tree of the document is built, and only after the bounded reader
 * has been through it: no entities, no document type, a limited size and depth.
 */
#include <string.h>

#include <libxml/parser.h>
#include <libxml/relaxng.h>

#include <libvirt-ap/ap-nodedev-xml.h>

#include "ap-i18n.h"
#include "ap-nodedev-doc.h"
#include "ap-schemas.h"
#include "ap-xml-init.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlDoc, xmlFreeDoc)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlParserCtxt, xmlFreeParserCtxt)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlRelaxNG, xmlRelaxNGFree)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlRelaxNGParserCtxt, xmlRelaxNGFreeParserCtxt)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlRelaxNGValidCtxt, xmlRelaxNGFreeValidCtxt)

/* Keeps the first problem: the later ones mostly follow from it. */
static void
keep_first_problem(void *opaque, xmlErrorPtr problem)
{
    char **first = opaque;

    if (*first || !problem->message)
        return;
    *first = g_strdup_printf(_("line %d: %s"), problem->line, problem->message);
    g_strchomp(*first);
}

static void
ignore_problem(void *opaque G_GNUC_UNUSED, xmlErrorPtr problem G_GNUC_UNUSED)
{
}

static xmlRelaxNG *
load_schema(const char *name, const char *text, GError **error)
{
    g_autoptr(xmlRelaxNGParserCtxt) parser =
        xmlRelaxNGNewMemParserCtxt(text, (int)strlen(text));
    g_autofree char *problem = NULL;
    xmlRelaxNG *schema = NULL;

    if (parser) {
        xmlRelaxNGSetParserStructuredErrors(parser, keep_first_problem, &problem);
        schema = xmlRelaxNGParse(parser);
    }
    if (!schema)
        g_set_error(error, AP_ERROR, AP_ERROR_INTERNAL,
                    _("cannot use the schema '%s': %s"), name,
                    problem ? problem : _("not a readable XML file"));
    return schema;
}

static xmlDoc *
load_document(const char *xml, GError **error)
{
    g_autoptr(ApNodedevDoc) seen = ap_nodedev_doc_read(xml, error);
    g_autoptr(xmlParserCtxt) ctxt = NULL;
    xmlDoc *document = NULL;

    if (!seen || !ap_nodedev_doc_check_limits(seen, error))
        return NULL;
    ctxt = xmlNewParserCtxt();
    if (ctxt) {
        ctxt->sax->serror = ignore_problem;
        document = xmlCtxtReadDoc(ctxt, (const xmlChar *)xml, NULL, NULL,
                                  XML_PARSE_NONET | XML_PARSE_NOWARNING);
    }
    if (!document)
        g_set_error_literal(error, AP_ERROR, AP_ERROR_XML,
                            _("the document cannot be parsed"));
    return document;
}

gboolean
ap_nodedev_validate_with(const char *xml,
                         const char *name,
                         const char *text,
                         GError **error)
{
    g_autoptr(xmlRelaxNG) schema = NULL;
    g_autoptr(xmlRelaxNGValidCtxt) validator = NULL;
    g_autoptr(xmlDoc) document = NULL;
    g_autofree char *problem = NULL;

    ap_xml_init();
    document = load_document(xml, error);
    if (!document)
        return FALSE;
    schema = load_schema(name, text, error);
    if (!schema)
        return FALSE;
    validator = xmlRelaxNGNewValidCtxt(schema);
    xmlRelaxNGSetValidStructuredErrors(validator, keep_first_problem, &problem);
    if (xmlRelaxNGValidateDoc(validator, document) == 0)
        return TRUE;
    g_set_error(error, AP_ERROR, AP_ERROR_SCHEMA,
                _("the document does not validate against '%s': %s"), name,
                problem ? problem : _("no detail known"));
    return FALSE;
}

gboolean
ap_nodedev_xml_validate(const char *xml, ApNodedevSchema schema, GError **error)
{
    switch (schema) {
    case AP_NODEDEV_SCHEMA_LIBVIRT:
        return ap_nodedev_validate_with(xml, "ap-nodedev-libvirt.rng", ap_schema_libvirt,
                                        error);
    case AP_NODEDEV_SCHEMA_MATRIX:
        break;
    }
    return ap_nodedev_validate_with(xml, "ap-nodedev.rng", ap_schema_matrix, error);
}
