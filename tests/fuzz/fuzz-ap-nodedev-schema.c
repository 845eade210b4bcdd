/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-ap-nodedev-schema.c: what ap-nodedev.rng accepts, the parser accepts, but for
 * lists of ours that contradict themselves or an <attr>: that a schema cannot see.
 *
 * The schema is loaded once, so the library's own validation, which loads it for
 * each document, is not used here.  Document types are not its business.
 */
#include <string.h>

#include <libxml/parser.h>
#include <libxml/relaxng.h>

#include <libvirt-ap/ap-nodedev-xml.h>

#include "fuzz.h"

static void
ignore_problem(void *opaque G_GNUC_UNUSED, xmlErrorPtr problem G_GNUC_UNUSED)
{
}

static xmlRelaxNGPtr
get_schema(void)
{
    static xmlRelaxNGPtr schema;

    if (!schema) {
        xmlRelaxNGParserCtxtPtr parser = xmlRelaxNGNewParserCtxt(AP_SCHEMA);

        schema = xmlRelaxNGParse(parser);
        xmlRelaxNGFreeParserCtxt(parser);
        FUZZ_CHECK(schema);
    }
    return schema;
}

static gboolean
is_valid(const char *xml)
{
    xmlParserCtxtPtr ctxt = xmlNewParserCtxt();
    xmlRelaxNGValidCtxtPtr validator;
    xmlDocPtr document;
    gboolean valid;

    ctxt->sax->serror = ignore_problem;
    document = xmlCtxtReadDoc(ctxt, (const xmlChar *)xml, NULL, NULL, XML_PARSE_NONET);
    xmlFreeParserCtxt(ctxt);
    if (!document)
        return FALSE;
    validator = xmlRelaxNGNewValidCtxt(get_schema());
    xmlRelaxNGSetValidStructuredErrors(validator, ignore_problem, NULL);
    valid = !document->intSubset && xmlRelaxNGValidateDoc(validator, document) == 0;
    xmlRelaxNGFreeValidCtxt(validator);
    xmlFreeDoc(document);
    return valid;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *xml = g_strndup((const char *)data, size);
    g_autoptr(GError) error = NULL;
    g_autoptr(ApDevice) wish = NULL;

    if (!is_valid(xml))
        return 0;
    wish = ap_nodedev_xml_parse(xml, &error);
    FUZZ_CHECK(wish || (error->code == AP_ERROR_UNSUPPORTED &&
                        strstr(xml, AP_NODEDEV_XML_NAMESPACE)));
    FUZZ_CHECK(ap_nodedev_xml_classify(xml) == AP_NODEDEV_XML_AP_MATRIX);
    return 0;
}
