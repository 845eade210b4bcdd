/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-device.c: life cycle and getters of the description of one AP device.
 */
#include "ap-device-priv.h"
#include "ap-status.h"

ApAttr *
ap_attr_new(const char *name, const char *value)
{
    ApAttr *attr = g_new0(ApAttr, 1);

    attr->name = g_strdup(name);
    attr->value = g_strdup(value);
    return attr;
}

void
ap_attr_free(ApAttr *attr)
{
    if (!attr)
        return;
    g_free(attr->name);
    g_free(attr->value);
    g_free(attr);
}

void
ap_mdev_type_free(ApMdevType *type)
{
    if (!type)
        return;
    g_free(type->id);
    g_free(type->name);
    g_free(type->device_api);
    g_free(type);
}

ApDevice *
ap_device_new(ApDeviceKind kind)
{
    ApDevice *device = g_new0(ApDevice, 1);

    g_atomic_ref_count_init(&device->refs);
    device->kind = kind;
    device->iommu_group = -1;
    device->types = g_ptr_array_new_with_free_func((GDestroyNotify)ap_mdev_type_free);
    device->attrs = g_ptr_array_new_with_free_func((GDestroyNotify)ap_attr_free);
    return device;
}

ApDevice *
ap_device_ref(ApDevice *device)
{
    g_atomic_ref_count_inc(&device->refs);
    return device;
}

void
ap_device_unref(ApDevice *device)
{
    if (!device || !g_atomic_ref_count_dec(&device->refs))
        return;
    g_free(device->name);
    g_free(device->parent);
    g_free(device->path);
    g_free(device->driver);
    g_free(device->uuid);
    g_free(device->type_id);
    g_free(device->comment);
    g_free(device->take_from);
    ap_status_free(device->status);
    g_ptr_array_unref(device->types);
    g_ptr_array_unref(device->attrs);
    g_free(device);
}

void
ap_device_add_attr(ApDevice *device, const char *name, const char *value)
{
    g_ptr_array_add(device->attrs, ap_attr_new(name, value));
}

ApMdevType *
ap_device_add_type(ApDevice *device,
                   const char *id,
                   const char *name,
                   const char *device_api,
                   guint available_instances)
{
    ApMdevType *type = g_new0(ApMdevType, 1);

    type->id = g_strdup(id);
    type->name = g_strdup(name);
    type->device_api = g_strdup(device_api);
    type->available_instances = available_instances;
    g_ptr_array_add(device->types, type);
    return type;
}

ApDeviceKind
ap_device_get_kind(const ApDevice *device)
{
    return device->kind;
}

const char *
ap_device_get_name(const ApDevice *device)
{
    return device->name;
}

const char *
ap_device_get_parent(const ApDevice *device)
{
    return device->parent;
}

const char *
ap_device_get_path(const ApDevice *device)
{
    return device->path;
}

const char *
ap_device_get_driver(const ApDevice *device)
{
    return device->driver;
}

gboolean
ap_device_is_active(const ApDevice *device)
{
    return device->path != NULL;
}

gboolean
ap_device_is_persistent(const ApDevice *device)
{
    return device->persistent;
}

gboolean
ap_device_is_autostart(const ApDevice *device)
{
    return device->autostart;
}

guint
ap_device_get_adapter(const ApDevice *device)
{
    return device->adapter;
}

guint
ap_device_get_domain(const ApDevice *device)
{
    return device->domain;
}

const char *
ap_device_get_uuid(const ApDevice *device)
{
    return device->uuid;
}

ApReserve
ap_device_get_reserve(const ApDevice *device)
{
    return device->reserve;
}

const char *
ap_device_get_comment(const ApDevice *device)
{
    return device->comment;
}
