/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-domain-doc.c: reads a domain document as a stream.  An element is known by the
 * names on the way to it, all of them without a namespace: what others write into
 * <metadata> is never taken for libvirt's own.
 */
#include <string.h>

#include <libxml/xmlreader.h>

#include <libvirt-ap/ap-error.h>

#include "ap-domain-doc.h"
#include "ap-i18n.h"
#include "ap-name.h"
#include "ap-xml-init.h"

/* No element that we look for is deeper: /domain/devices/hostdev/source/address. */
#define DEPTH_MAX 5

typedef struct {
    ApDomainDoc *doc;
    xmlTextReaderPtr reader;
    GString *path;          /* of the element that we are at */
    gsize ends[DEPTH_MAX];  /* length of the path of what is above it */
    gboolean in_ap_hostdev; /* the last <hostdev> was one of AP */
    char *problem;          /* the first thing that is wrong; NULL: nothing */
} Reader;

static char *
get_attribute(Reader *reader, const char *name)
{
    xmlChar *value = xmlTextReaderGetAttribute(reader->reader, (const xmlChar *)name);
    char *copy = g_strdup((const char *)value);

    xmlFree(value);
    return copy;
}

static gboolean
has_value(Reader *reader, const char *name, const char *expected)
{
    g_autofree char *value = get_attribute(reader, name);

    return g_strcmp0(value, expected) == 0;
}

/* The text of the element, which is NULL where there is none. */
static char *
get_text(Reader *reader)
{
    xmlChar *value = xmlTextReaderReadString(reader->reader);
    char *copy = g_strdup((const char *)value);

    xmlFree(value);
    return copy;
}

static void
read_domain(Reader *reader)
{
    reader->doc->type = get_attribute(reader, "type");
}

static void
read_name(Reader *reader)
{
    if (!reader->doc->name)
        reader->doc->name = get_text(reader);
}

static void
read_uuid(Reader *reader)
{
    g_autofree char *text = get_text(reader);
    char uuid[AP_UUID_SIZE];

    if (text && !reader->doc->uuid && ap_uuid_canonicalise(g_strstrip(text), uuid))
        reader->doc->uuid = g_strdup(uuid);
}

static void
read_cpu(Reader *reader)
{
    if (reader->doc->has_cpu)
        return;
    reader->doc->has_cpu = TRUE;
    reader->doc->cpu_mode = get_attribute(reader, "mode");
}

static void
read_feature(Reader *reader)
{
    g_autofree char *name = get_attribute(reader, "name");
    ApCpuFeature *feature;

    if (!name)
        return;
    feature = g_new0(ApCpuFeature, 1);
    feature->name = g_steal_pointer(&name);
    feature->policy = get_attribute(reader, "policy");
    g_ptr_array_add(reader->doc->features, feature);
}

static void
read_hostdev(Reader *reader)
{
    reader->in_ap_hostdev =
        has_value(reader, "type", "mdev") && has_value(reader, "model", "vfio-ap");
}

static void
read_address(Reader *reader)
{
    g_autofree char *uuid = get_attribute(reader, "uuid");

    if (uuid && reader->in_ap_hostdev)
        g_ptr_array_add(reader->doc->matrices, g_steal_pointer(&uuid));
}

static const struct {
    const char *path;
    void (*read)(Reader *reader);
} elements[] = {
    { "/domain", read_domain },
    { "/domain/name", read_name },
    { "/domain/uuid", read_uuid },
    { "/domain/cpu", read_cpu },
    { "/domain/cpu/feature", read_feature },
    { "/domain/devices/hostdev", read_hostdev },
    { "/domain/devices/hostdev/source/address", read_address },
};

/* The path of the element that the parser is at; FALSE when it is too deep. */
static gboolean
update_path(Reader *reader)
{
    int depth = xmlTextReaderDepth(reader->reader);
    const xmlChar *name = xmlTextReaderConstLocalName(reader->reader);

    if (depth < 0 || depth >= DEPTH_MAX || !name)
        return FALSE;
    g_string_truncate(reader->path, depth > 0 ? reader->ends[depth - 1] : 0);
    g_string_append_c(reader->path, '/');
    if (xmlTextReaderConstNamespaceUri(reader->reader))
        g_string_append_c(reader->path, ':');
    g_string_append(reader->path, (const char *)name);
    reader->ends[depth] = reader->path->len;
    return TRUE;
}

static void
read_element(Reader *reader)
{
    if (!update_path(reader))
        return;
    for (gsize i = 0; i < G_N_ELEMENTS(elements); i++) {
        if (g_str_equal(reader->path->str, elements[i].path))
            elements[i].read(reader);
    }
}

static void
on_error(void *opaque, xmlErrorPtr problem)
{
    Reader *reader = opaque;

    if (reader->problem || problem->level < XML_ERR_ERROR)
        return;
    reader->problem = g_strdup_printf(_("line %d: %s"), problem->line,
                                      problem->message ? problem->message : "?");
    g_strdelimit(g_strchomp(reader->problem), "\n", ' ');
}

/* Takes what the parser has come to. */
static void
read_node(Reader *reader)
{
    switch (xmlTextReaderNodeType(reader->reader)) {
    case XML_READER_TYPE_ELEMENT:
        read_element(reader);
        break;
    case XML_READER_TYPE_DOCUMENT_TYPE:
        /* libvirt writes none, and the entities of one could grow to any size. */
        reader->problem = g_strdup(_("a document type declaration is not accepted"));
        break;
    default:
        break;
    }
}

static gboolean
read_all(Reader *reader, GError **error)
{
    int status = 1;

    while (!reader->problem && (status = xmlTextReaderRead(reader->reader)) == 1)
        read_node(reader);
    if (!reader->problem && status == 0 && reader->ends[0] == strlen("/domain") &&
        g_str_has_prefix(reader->path->str, "/domain"))
        return TRUE;
    g_set_error(error, AP_ERROR, AP_ERROR_XML, _("not a domain document: %s"),
                reader->problem ? reader->problem : _("it has another root element"));
    return FALSE;
}

static ApDomainDoc *
read_document(xmlTextReaderPtr parser, GError **error)
{
    g_autoptr(ApDomainDoc) doc = g_new0(ApDomainDoc, 1);
    Reader reader = { .doc = doc, .reader = parser };
    gboolean good = FALSE;

    doc->features = g_ptr_array_new();
    doc->matrices = g_ptr_array_new_with_free_func(g_free);
    reader.path = g_string_new(NULL);
    if (parser) {
        xmlTextReaderSetStructuredErrorHandler(parser, on_error, &reader);
        good = read_all(&reader, error);
        xmlFreeTextReader(parser);
    } else {
        g_set_error_literal(error, AP_ERROR, AP_ERROR_XML,
                            _("the document is too large to be read"));
    }
    g_string_free(reader.path, TRUE);
    g_free(reader.problem);
    return good ? g_steal_pointer(&doc) : NULL;
}

ApDomainDoc *
ap_domain_doc_read(int fd, GError **error)
{
    ap_xml_init();
    return read_document(xmlReaderForFd(fd, NULL, NULL, XML_PARSE_NONET), error);
}

ApDomainDoc *
ap_domain_doc_parse(const char *xml, gsize len, GError **error)
{
    ap_xml_init();
    return read_document(len <= G_MAXINT ? xmlReaderForMemory(xml, (int)len, NULL, NULL,
                                                              XML_PARSE_NONET)
                                         : NULL,
                         error);
}

static void
free_feature(gpointer data, gpointer user_data G_GNUC_UNUSED)
{
    ApCpuFeature *feature = data;

    g_free(feature->name);
    g_free(feature->policy);
    g_free(feature);
}

void
ap_domain_doc_free(ApDomainDoc *doc)
{
    if (!doc)
        return;
    g_free(doc->type);
    g_free(doc->name);
    g_free(doc->uuid);
    g_free(doc->cpu_mode);
    g_ptr_array_foreach(doc->features, free_feature, NULL);
    g_ptr_array_unref(doc->features);
    g_ptr_array_unref(doc->matrices);
    g_free(doc);
}
