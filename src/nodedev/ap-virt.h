/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-virt.h: the functions of libvirt.so that only libvirt's own drivers use.
 * They are looked up by name when the module registers, with prototypes of our
 * own made of public types; where one is missing the module serves nothing.
 */
#pragma once

#include <stdbool.h>

#include <glib.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

/* What the access control functions take; see ap-acl.c. */
typedef struct _ApAclObject ApAclObject;

/* From a name to an address: dlsym(), or a table in a test. */
typedef void *(*ApVirtResolver)(const char *name);

/* Fills the table of private functions with @resolver and checks that all of
 * them come from the library that has the public ones, and that its version is
 * one we know.  AP_ERROR_INTERNAL names what is missing. */
gboolean
ap_virt_init(ApVirtResolver resolver, GError **error);
/* The resolver of the running process. */
void *
ap_virt_resolve(const char *name);

/* A new handle on the node device @name; NULL with libvirt's error set. */
virNodeDevicePtr
ap_virt_node_device_new(virConnectPtr conn, const char *name);

/* Sets libvirt's error of this thread and logs it, as its drivers do. */
void
ap_virt_report(const char *function, virErrorNumber code, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
/* The same from a GError, which is left alone; the one place where our codes
 * become libvirt's. */
void
ap_virt_report_error(const char *function, const GError *error);
virErrorNumber
ap_virt_error_code(const GError *error);

/* Refuses flags outside @supported as libvirt does. */
gboolean
ap_virt_check_flags(const char *function, unsigned int flags, unsigned int supported);

/* One line in libvirt's log, at level warning, which leaves the thread without
 * an error; to syslog when libvirt cannot be asked. */
void
ap_virt_warn(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* Access control.  The functions named …EnsureACL set libvirt's error. */
#define AP_VIRT_CONNECT_ACL(X)                                                           \
    X(virNodeNumOfDevicesEnsureACL)                                                      \
    X(virNodeListDevicesEnsureACL)                                                       \
    X(virConnectListAllNodeDevicesEnsureACL)
#define AP_VIRT_DEVICE_ACL(X)                                                            \
    X(virNodeDeviceLookupByNameEnsureACL)                                                \
    X(virNodeDeviceGetXMLDescEnsureACL)                                                  \
    X(virNodeDeviceGetParentEnsureACL)                                                   \
    X(virNodeDeviceNumOfCapsEnsureACL)                                                   \
    X(virNodeDeviceListCapsEnsureACL)                                                    \
    X(virNodeDeviceIsActiveEnsureACL)                                                    \
    X(virNodeDeviceIsPersistentEnsureACL)                                                \
    X(virNodeDeviceGetAutostartEnsureACL)                                                \
    X(virNodeDeviceCreateXMLEnsureACL)                                                   \
    X(virNodeDeviceDestroyEnsureACL)                                                     \
    X(virNodeDeviceDefineXMLEnsureACL)                                                   \
    X(virNodeDeviceCreateEnsureACL)                                                      \
    X(virNodeDeviceUndefineEnsureACL)                                                    \
    X(virNodeDeviceSetAutostartEnsureACL)
#define AP_VIRT_FILTER_ACL(X)                                                            \
    X(virNodeNumOfDevicesCheckACL)                                                       \
    X(virNodeListDevicesCheckACL)                                                        \
    X(virConnectListAllNodeDevicesCheckACL)

/* From libvirt 10.1 on; nobody calls the entry point before. */
#define AP_VIRT_NEWER_ACL(X) X(virNodeDeviceUpdateEnsureACL)

typedef int (*ApVirtConnectAcl)(virConnectPtr conn);
typedef int (*ApVirtDeviceAcl)(virConnectPtr conn, const ApAclObject *object);
typedef int (*ApVirtFlagsAcl)(virConnectPtr conn,
                              const ApAclObject *object,
                              unsigned int flags);
typedef bool (*ApVirtFilterAcl)(virConnectPtr conn, const ApAclObject *object);

/* Libvirt's event machinery: both opaque. */
typedef struct _ApVirtEventState ApVirtEventState;
typedef struct _ApVirtEvent ApVirtEvent;

/* All of it valid after ap_virt_init(). */
typedef struct {
    unsigned long version; /* of the running library, as LIBVIR_VERSION_NUMBER */
    virConnectPtr (*virGetConnect)(void);
    virNodeDevicePtr (*virGetNodeDevice)(virConnectPtr conn, const char *name);
    void (*virRaiseErrorFull)(const char *file,
                              const char *function,
                              size_t line,
                              int domain,
                              int code,
                              virErrorLevel level,
                              const char *str1,
                              const char *str2,
                              const char *str3,
                              int int1,
                              int int2,
                              const char *format,
                              ...);
    void (*virReportErrorHelper)(int domain,
                                 int code,
                                 const char *file,
                                 const char *function,
                                 size_t line,
                                 const char *format,
                                 ...);
    ApVirtEventState *(*virObjectEventStateNew)(void);
    void (*virObjectEventStateQueue)(ApVirtEventState *state, ApVirtEvent *event);
    int (*virObjectEventStateDeregisterID)(virConnectPtr conn,
                                           ApVirtEventState *state,
                                           int number,
                                           bool free_opaque);
    int (*virNodeDeviceEventStateRegisterID)(
        virConnectPtr conn,
        ApVirtEventState *state,
        virNodeDevicePtr device,
        int event_id,
        virConnectNodeDeviceEventGenericCallback callback,
        void *opaque,
        virFreeCallback free_opaque,
        int *number);
    ApVirtEvent *(*virNodeDeviceEventLifecycleNew)(const char *name,
                                                   int event,
                                                   int detail);
    ApVirtEvent *(*virNodeDeviceEventUpdateNew)(const char *name);
#define AP_VIRT_MEMBER(name) ApVirtConnectAcl name;
    AP_VIRT_CONNECT_ACL(AP_VIRT_MEMBER)
#undef AP_VIRT_MEMBER
#define AP_VIRT_MEMBER(name) ApVirtDeviceAcl name;
    AP_VIRT_DEVICE_ACL(AP_VIRT_MEMBER)
#undef AP_VIRT_MEMBER
#define AP_VIRT_MEMBER(name) ApVirtFlagsAcl name;
    AP_VIRT_NEWER_ACL(AP_VIRT_MEMBER)
#undef AP_VIRT_MEMBER
#define AP_VIRT_MEMBER(name) ApVirtFilterAcl name;
    AP_VIRT_FILTER_ACL(AP_VIRT_MEMBER)
#undef AP_VIRT_MEMBER
} ApVirt;

extern ApVirt ap_virt;
