/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-nodedev-doc.c: reads a node device document with a SAX parser.
 *
 * Elements are found where libvirt looks for them (the first <parent>, the
 * <type>, <uuid>, <attr> of the mdev <capability>, all without a namespace), so
 * that both see the same document.  Entities are never looked up: a reference
 * stays as text, which equals no name that we look for.
 */
#include <string.h>

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/xmlerror.h>

#include <libvirt-ap/ap-nodedev-xml.h>

#include "ap-device-priv.h"
#include "ap-i18n.h"
#include "ap-nodedev-doc.h"
#include "ap-xml-init.h"

/* Longest text of one element that is kept: enough for any name, and for a list of
 * all domains. */
#define TEXT_MAX 4096

/* Whatever begins so is ours, if of another version. */
#define OWN_NAMESPACES "urn:libvirt-ap:"

static const char *const own_names[] = {
    [AP_OWN_ADAPTERS] = "adapters",
    [AP_OWN_DOMAINS] = "domains",
    [AP_OWN_CONTROL_DOMAINS] = "control-domains",
    [AP_OWN_RESERVE] = "reserve",
    [AP_OWN_COMMENT] = "comment",
    [AP_OWN_TAKE_FROM] = "take-from",
    [AP_OWN_STATUS] = "status",
};
G_STATIC_ASSERT(G_N_ELEMENTS(own_names) == AP_OWN_LAST);

typedef struct {
    ApNodedevDoc *doc;
    xmlParserCtxtPtr ctxt;
    guint depth;
    gboolean in_mdev;    /* inside a <capability> of type mdev … */
    gboolean in_first;   /* … which is the first of them */
    gboolean type_seen;  /* that <capability> had its <type> */
    gboolean has_parent; /* the first <parent>, <uuid>, … were there, even if empty */
    gboolean has_uuid;
    gboolean has_group;
    gboolean entity_seen; /* the attributes that come next had an entity in them */
    char **text_target;   /* where the text being collected goes; NULL: none */
    guint text_depth;     /* nesting of the element that it is the text of */
    guint own_depth;      /* nesting of the element of ours that we are in; 0: none */
    gboolean in_status;   /* and that is <status> */
    GString *text;
    GError *error;
} Reader;

/* The attributes of one element as the parser hands them over. */
typedef struct {
    const xmlChar **fields;
    int count;
} Attributes;

/* Without entity replacement the parser leaves an ampersand in an attribute
 * value as a character reference. */
static char *
decode_ampersands(char *value)
{
    static const char escaped[] = "&#38;";
    const char *from = value;
    char *to = value;

    /* In one pass: a value may be megabytes of ampersands. */
    while (*from) {
        gboolean found = g_str_has_prefix(from, escaped);

        *to++ = *from;
        from += found ? sizeof(escaped) - 1 : 1;
    }
    *to = '\0';
    return value;
}

/* Value of attribute @name, or NULL if missing or empty. */
static char *
get_attribute(Reader *reader, const Attributes *attributes, const char *name)
{
    if (reader->entity_seen)
        return NULL;
    for (int i = 0; i < attributes->count; i++) {
        const xmlChar **field = attributes->fields + 5 * i;

        if (field[1] || !g_str_equal((const char *)field[0], name))
            continue;
        if (field[3] == field[4])
            return NULL;
        return decode_ampersands(g_strndup((const char *)field[3], field[4] - field[3]));
    }
    return NULL;
}

static void
collect_text(Reader *reader, char **target)
{
    reader->text_target = target;
    reader->text_depth = reader->depth;
    g_string_truncate(reader->text, 0);
}

static void
read_devnode(Reader *reader, const Attributes *attributes)
{
    g_autofree char *type = get_attribute(reader, attributes, "type");

    if (reader->doc->bad_devnode || g_strcmp0(type, "dev") == 0 ||
        g_strcmp0(type, "link") == 0)
        return;
    reader->doc->bad_devnode = g_strdup(type ? type : "");
}

static void
read_parent(Reader *reader, const Attributes *attributes)
{
    g_autofree char *wwnn = get_attribute(reader, attributes, "wwnn");
    g_autofree char *wwpn = get_attribute(reader, attributes, "wwpn");

    if (reader->has_parent)
        return;
    reader->has_parent = TRUE;
    reader->doc->parent_wwnn = wwnn != NULL;
    reader->doc->parent_wwpn = wwpn != NULL;
    collect_text(reader, &reader->doc->parent);
}

static void
read_capability(Reader *reader, const Attributes *attributes)
{
    ApNodedevDoc *doc = reader->doc;
    g_autofree char *type = get_attribute(reader, attributes, "type");

    reader->in_mdev = g_strcmp0(type, "mdev") == 0;
    if (reader->in_mdev)
        doc->n_mdevs++;
    reader->in_first = reader->in_mdev && doc->n_mdevs == 1;
    reader->type_seen = FALSE;
    if (++doc->n_capabilities == 1)
        doc->capability_type = g_steal_pointer(&type);
}

static void
read_device_child(Reader *reader, const char *name, const Attributes *attributes)
{
    reader->in_mdev = FALSE;
    if (g_str_equal(name, "parent"))
        read_parent(reader, attributes);
    else if (g_str_equal(name, "devnode"))
        read_devnode(reader, attributes);
    else if (g_str_equal(name, "capability"))
        read_capability(reader, attributes);
}

static void
read_type(Reader *reader, const Attributes *attributes)
{
    g_autofree char *id = get_attribute(reader, attributes, "id");

    if (reader->type_seen)
        return;
    reader->type_seen = TRUE;
    if (g_strcmp0(id, AP_MDEV_TYPE_ID) == 0)
        reader->doc->is_ap_type = TRUE;
    if (reader->in_first)
        reader->doc->type_id = g_steal_pointer(&id);
}

static void
read_attr(Reader *reader, const Attributes *attributes)
{
    ApNodedevDoc *doc = reader->doc;
    ApAttr *attr;

    if (++doc->n_attrs > AP_NODEDEV_DOC_MAX_ATTRS)
        return;
    attr = ap_attr_new(NULL, NULL);
    attr->name = get_attribute(reader, attributes, "name");
    attr->value = get_attribute(reader, attributes, "value");
    g_ptr_array_add(doc->attrs, attr);
}

static void
read_mdev_child(Reader *reader, const char *name, const Attributes *attributes)
{
    ApNodedevDoc *doc = reader->doc;

    if (g_str_equal(name, "type")) {
        read_type(reader, attributes);
    } else if (!reader->in_first) {
        return;
    } else if (g_str_equal(name, "uuid") && !reader->has_uuid) {
        reader->has_uuid = TRUE;
        collect_text(reader, &doc->uuid);
    } else if (g_str_equal(name, "iommuGroup") && !reader->has_group) {
        reader->has_group = TRUE;
        doc->iommu_group = get_attribute(reader, attributes, "number");
    } else if (g_str_equal(name, "attr")) {
        read_attr(reader, attributes);
    }
}

/* Keeps the first thing that is wrong with the use of our namespace. */
static void G_GNUC_PRINTF(2, 3) set_own_fault(Reader *reader, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    if (reader->doc->own_fault)
        return;
    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    reader->doc->own_fault =
        g_strdup_printf(_("line %d: %s"), xmlSAX2GetLineNumber(reader->ctxt), text);
}

const char *
ap_own_element_name(ApOwnElement element)
{
    return own_names[element];
}

static ApOwnElement
find_own_element(const char *name)
{
    ApOwnElement element = 0;

    while (element < AP_OWN_LAST && !g_str_equal(name, own_names[element]))
        element++;
    return element;
}

/* Attributes of ours, and on elements of ours: there is just one.  @element is
 * AP_OWN_LAST for an element that is not ours. */
static void
check_own_attributes(Reader *reader, ApOwnElement element, const Attributes *attributes)
{
    for (int i = 0; i < attributes->count; i++) {
        const char *name = (const char *)attributes->fields[5 * i];
        const char *uri = (const char *)attributes->fields[5 * i + 2];
        gboolean is_own = uri && g_str_has_prefix(uri, OWN_NAMESPACES);

        if (is_own || (element != AP_OWN_LAST &&
                       (uri || element != AP_OWN_RESERVE || strcmp(name, "persist"))))
            set_own_fault(reader, _("attribute '%s' is not known here"), name);
    }
}

static void
read_own_element(Reader *reader, const char *name, const Attributes *attributes)
{
    ApNodedevDoc *doc = reader->doc;
    ApOwnElement element = find_own_element(name);

    reader->own_depth = reader->depth;
    if (element == AP_OWN_LAST) {
        set_own_fault(reader, _("there is no element '%s' in the namespace '%s'"), name,
                      AP_NODEDEV_XML_NAMESPACE);
    } else if (reader->depth != 3 || !reader->in_first) {
        set_own_fault(reader,
                      _("element '%s' is not expected here, it goes below the "
                        "<capability> of type 'mdev'"),
                      name);
    } else if (doc->own_seen[element]) {
        set_own_fault(reader, _("there is a second element '%s'"), name);
    } else if (element == AP_OWN_STATUS) {
        doc->own_seen[element] = TRUE;
        reader->in_status = TRUE;
    } else {
        doc->own_seen[element] = TRUE;
        check_own_attributes(reader, element, attributes);
        if (element == AP_OWN_RESERVE)
            doc->persist = get_attribute(reader, attributes, "persist");
        collect_text(reader, &doc->own_text[element]);
    }
}

/* What is ours by its namespace is read; what is ours by its name, without being
 * in our namespace, was meant to be, and ignoring it would make another matrix than
 * somebody wanted. */
static void
read_if_own(Reader *reader,
            const char *name,
            const char *uri,
            const Attributes *attributes)
{
    gboolean in_own = reader->own_depth && reader->depth > reader->own_depth;

    if (in_own && reader->in_status)
        return;
    if (in_own)
        set_own_fault(reader, _("element '%s' is not expected here"), name);
    else if (uri && g_str_equal(uri, AP_NODEDEV_XML_NAMESPACE))
        read_own_element(reader, name, attributes);
    else if (uri && g_str_has_prefix(uri, OWN_NAMESPACES))
        set_own_fault(reader, _("the namespace '%s' is not known, only '%s' is"), uri,
                      AP_NODEDEV_XML_NAMESPACE);
    else if (!uri && reader->depth == 3 && reader->in_mdev &&
             find_own_element(name) != AP_OWN_LAST)
        set_own_fault(reader, _("element '%s' has to be in the namespace '%s'"), name,
                      AP_NODEDEV_XML_NAMESPACE);
    else
        check_own_attributes(reader, AP_OWN_LAST, attributes);
}

static void
note_namespaces(Reader *reader, int count, const xmlChar **namespaces)
{
    /* Pairs of a prefix and a URI. */
    for (int i = 0; i < count; i++) {
        const char *uri = (const char *)namespaces[2 * i + 1];

        if (uri && g_str_equal(uri, AP_NODEDEV_XML_NAMESPACE))
            reader->doc->extended = TRUE;
    }
}

/* libvirt takes a root of any namespace.  A prefix that no namespace was declared
 * for is part of the name. */
static char *
root_name(const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    if (prefix && !uri)
        return g_strdup_printf("%s:%s", (const char *)prefix, (const char *)name);
    return g_strdup((const char *)name);
}

static void
on_start_element(void *opaque,
                 const xmlChar *name,
                 const xmlChar *prefix,
                 const xmlChar *uri,
                 int n_namespaces,
                 const xmlChar **namespaces,
                 int n_attributes,
                 int n_defaulted,
                 const xmlChar **fields)
{
    Reader *reader = opaque;
    Attributes attributes = { fields, n_attributes - n_defaulted };
    gboolean is_plain = !prefix && !uri;

    reader->depth++;
    reader->doc->depth = MAX(reader->doc->depth, reader->depth);
    if (reader->depth == 1)
        reader->doc->root = root_name(name, prefix, uri);
    else if (reader->depth == 2 && is_plain)
        read_device_child(reader, (const char *)name, &attributes);
    else if (reader->depth == 2)
        reader->in_mdev = FALSE;
    else if (reader->depth == 3 && is_plain && reader->in_mdev)
        read_mdev_child(reader, (const char *)name, &attributes);
    note_namespaces(reader, n_namespaces, namespaces);
    read_if_own(reader, (const char *)name, (const char *)uri, &attributes);
    reader->entity_seen = FALSE;
}

static void
on_end_element(void *opaque,
               const xmlChar *name G_GNUC_UNUSED,
               const xmlChar *prefix G_GNUC_UNUSED,
               const xmlChar *uri G_GNUC_UNUSED)
{
    Reader *reader = opaque;

    if (reader->text_target && reader->depth == reader->text_depth) {
        if (reader->text->len)
            *reader->text_target = g_strdup(reader->text->str);
        reader->text_target = NULL;
    }
    if (reader->depth == reader->own_depth) {
        reader->own_depth = 0;
        reader->in_status = FALSE;
    }
    reader->depth--;
    reader->entity_seen = FALSE;
}

static void
on_text(void *opaque, const xmlChar *text, int length)
{
    Reader *reader = opaque;

    reader->entity_seen = FALSE;
    if (!reader->text_target || reader->text->len >= TEXT_MAX)
        return;
    if (reader->text->len + length <= TEXT_MAX) {
        g_string_append_len(reader->text, (const char *)text, length);
        return;
    }
    /* Text that is cut is no longer a name; a mark at its end keeps it that. */
    g_string_append(reader->text, "…");
    if (reader->own_depth)
        set_own_fault(reader, _("an element has more than %u bytes of text"), TEXT_MAX);
}

static void
on_dtd(void *opaque,
       const xmlChar *name G_GNUC_UNUSED,
       const xmlChar *external_id G_GNUC_UNUSED,
       const xmlChar *system_id G_GNUC_UNUSED)
{
    Reader *reader = opaque;

    reader->doc->has_dtd = TRUE;
}

/* Asked for every entity but the five of XML itself.  None exists for us. */
static xmlEntityPtr
on_entity(void *opaque, const xmlChar *name)
{
    Reader *reader = opaque;

    reader->entity_seen = TRUE;
    if (reader->text_target && reader->text->len < TEXT_MAX)
        g_string_append_printf(reader->text, "&%.*s;", 64, (const char *)name);
    return NULL;
}

/* An entity that the document type declares is no fault of the document, it is
 * just not there for us; everything else that is fatal is. */
static void
on_error(void *opaque, xmlErrorPtr problem)
{
    Reader *reader = opaque;
    g_autofree char *message = NULL;

    if (reader->error || problem->level != XML_ERR_FATAL)
        return;
    if (problem->code == XML_ERR_UNDECLARED_ENTITY && reader->doc->has_dtd)
        return;
    message = g_strdup(problem->message ? problem->message : "?");
    g_strdelimit(g_strchomp(message), "\n", ' ');
    g_set_error(&reader->error, AP_ERROR, AP_ERROR_XML,
                _("the document is not well formed: line %d: %s"), problem->line,
                message);
    xmlStopParser(reader->ctxt);
}

static const xmlSAXHandler handler = {
    .initialized = XML_SAX2_MAGIC,
    .startElementNs = on_start_element,
    .endElementNs = on_end_element,
    .characters = on_text,
    .ignorableWhitespace = on_text,
    .cdataBlock = on_text,
    .internalSubset = on_dtd,
    .getEntity = on_entity,
    .serror = on_error,
};

/* Reads as libvirt does, so that encodings are understood alike.  Recovery is what
 * lets the parser go on after an entity that we do not give it; every other error
 * stops it in on_error(). */
static void
run_parser(Reader *reader, const char *xml)
{
    xmlDocPtr declarations;

    *reader->ctxt->sax = handler;
    reader->ctxt->userData = reader;
    declarations = xmlCtxtReadDoc(reader->ctxt, (const xmlChar *)xml, NULL, NULL,
                                  XML_PARSE_NONET | XML_PARSE_RECOVER);
    /* No tree, but entities that were declared may be in there. */
    if (declarations)
        xmlFreeDoc(declarations);
    if (!reader->error && !reader->doc->root)
        g_set_error_literal(&reader->error, AP_ERROR, AP_ERROR_XML,
                            _("the document has no root element"));
}

ApNodedevDoc *
ap_nodedev_doc_read(const char *xml, GError **error)
{
    g_autoptr(ApNodedevDoc) doc = g_new0(ApNodedevDoc, 1);
    Reader reader = { .doc = doc };

    doc->bytes = strlen(xml);
    doc->attrs = g_ptr_array_new_with_free_func((GDestroyNotify)ap_attr_free);
    ap_xml_init();
    if (doc->bytes <= G_MAXINT)
        reader.ctxt = xmlNewParserCtxt();
    if (!reader.ctxt) {
        g_set_error_literal(error, AP_ERROR, AP_ERROR_XML,
                            _("the document is too large to be read"));
        return NULL;
    }
    reader.text = g_string_new(NULL);
    run_parser(&reader, xml);
    xmlFreeParserCtxt(reader.ctxt);
    g_string_free(reader.text, TRUE);
    if (reader.error) {
        g_propagate_error(error, reader.error);
        return NULL;
    }
    return g_steal_pointer(&doc);
}

gboolean
ap_nodedev_doc_check_limits(const ApNodedevDoc *doc, GError **error)
{
    if (doc->has_dtd) {
        g_set_error_literal(error, AP_ERROR, AP_ERROR_XML,
                            _("a document type declaration is not accepted"));
        return FALSE;
    }
    if (doc->bytes > AP_NODEDEV_DOC_MAX_BYTES) {
        g_set_error(error, AP_ERROR, AP_ERROR_XML,
                    _("the document has %u bytes, at most %u are accepted"),
                    (guint)doc->bytes, AP_NODEDEV_DOC_MAX_BYTES);
        return FALSE;
    }
    if (doc->depth > AP_NODEDEV_DOC_MAX_DEPTH) {
        g_set_error(error, AP_ERROR, AP_ERROR_XML,
                    _("elements are nested %u deep, at most %u are accepted"), doc->depth,
                    AP_NODEDEV_DOC_MAX_DEPTH);
        return FALSE;
    }
    if (doc->n_attrs > AP_NODEDEV_DOC_MAX_ATTRS) {
        g_set_error(error, AP_ERROR, AP_ERROR_XML,
                    _("the document has %u <attr> elements, at most %u are accepted"),
                    doc->n_attrs, AP_NODEDEV_DOC_MAX_ATTRS);
        return FALSE;
    }
    return TRUE;
}

void
ap_nodedev_doc_free(ApNodedevDoc *doc)
{
    if (!doc)
        return;
    g_free(doc->root);
    g_free(doc->parent);
    g_free(doc->bad_devnode);
    g_free(doc->capability_type);
    g_free(doc->type_id);
    g_free(doc->uuid);
    g_free(doc->iommu_group);
    g_ptr_array_unref(doc->attrs);
    for (ApOwnElement element = 0; element < AP_OWN_LAST; element++)
        g_free(doc->own_text[element]);
    g_free(doc->persist);
    g_free(doc->own_fault);
    g_free(doc);
}
