/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-host.h: the AP devices of one host: look them up, list them, create and
 * destroy matrices.  All access goes beneath one root directory.
 *
 * What is read and written is documented by the kernel
 * (Documentation/arch/s390/vfio-ap.rst, Documentation/ABI/testing/sysfs-bus-ap)
 * and, for stored definitions, by mdevctl(8).
 */
#pragma once

#include <libvirt-ap/ap-device.h>
#include <libvirt-ap/ap-error.h>

G_BEGIN_DECLS

/**
 * ApHost:
 *
 * Handle on the AP configuration beneath one root directory.  It keeps no copy
 * of the state of the host: every call reads what it needs.  Safe to use from
 * several threads at once, and by several processes side by side: changes are
 * serialised by the lock file that s390-tools use.  Opaque.
 *
 * Since: 0.1
 */
typedef struct _ApHost ApHost;

/**
 * ApListFlags:
 * @AP_LIST_CARDS: cards
 * @AP_LIST_QUEUES: queues
 * @AP_LIST_MATRIX_PARENT: the matrix parent
 * @AP_LIST_MATRICES: matrices, active and defined
 * @AP_LIST_ALL_KINDS: all of them
 * @AP_LIST_ACTIVE: devices that exist
 * @AP_LIST_INACTIVE: matrices that are only defined
 * @AP_LIST_PERSISTENT: matrices with a stored definition
 * @AP_LIST_TRANSIENT: everything else
 *
 * Which devices a list holds: the kinds that are named, of those the ones that
 * match one of the states active and inactive, and one of persistent and
 * transient.  Where neither flag of such a pair is given both match.  Without
 * any kind the list is empty.
 *
 * Since: 0.1
 */
typedef enum {
    AP_LIST_CARDS = 1 << 0,
    AP_LIST_QUEUES = 1 << 1,
    AP_LIST_MATRIX_PARENT = 1 << 2,
    AP_LIST_MATRICES = 1 << 3,
    AP_LIST_ALL_KINDS = 0xf,
    AP_LIST_ACTIVE = 1 << 8,
    AP_LIST_INACTIVE = 1 << 9,
    AP_LIST_PERSISTENT = 1 << 10,
    AP_LIST_TRANSIENT = 1 << 11
} ApListFlags;

/**
 * ap_host_new:
 * @root: path of the directory to work beneath, "/" for the running system
 * @error: return location for a #GError, or NULL
 *
 * Opens a handle.  A host without AP hardware or without the vfio_ap driver is
 * no error: its lists are empty.
 *
 * Returns: a handle to free with ap_host_free(), or NULL with @error set to
 * %AP_ERROR_IO when @root cannot be opened.
 *
 * Since: 0.1
 */
ApHost *
ap_host_new(const char *root, GError **error);

/**
 * ap_host_free:
 * @host: a handle that no other thread uses any more, or NULL
 *
 * Closes the handle.
 *
 * Since: 0.1
 */
void
ap_host_free(ApHost *host);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ApHost, ap_host_free)

/**
 * ap_host_list_names:
 * @host: a handle
 * @flags: which devices
 * @error: return location for a #GError, or NULL
 *
 * Lists node device names: cards, queues, the matrix parent, then matrices,
 * each kind sorted.  Costs a scan of the directories of those kinds and reads
 * no attribute.  A device that goes away meanwhile is listed or left out.  A
 * stored definition that cannot be read is left out, with one warning in the
 * log that names it.
 *
 * Returns: (element-type utf8): the names; free the array, which owns them,
 * with g_ptr_array_unref().  NULL with @error set to %AP_ERROR_IO when a
 * directory exists but cannot be read.
 *
 * Since: 0.1
 */
GPtrArray *
ap_host_list_names(ApHost *host, ApListFlags flags, GError **error);

/**
 * ap_host_count:
 * @host: a handle
 * @flags: which devices
 * @error: return location for a #GError, or NULL
 *
 * Returns: the number of names that ap_host_list_names() would return, or -1
 * with @error set to %AP_ERROR_IO.
 *
 * Since: 0.1
 */
gssize
ap_host_count(ApHost *host, ApListFlags flags, GError **error);

/**
 * ap_host_lookup:
 * @host: a handle
 * @name: a node device name
 * @error: return location for a #GError, or NULL
 *
 * Reads one device.  A matrix that is both active and defined is shown as it is
 * now: its attributes are the live masks, one <attr> for each adapter, then
 * each domain, then each control domain, in ascending order, values in
 * decimal.  One that is only defined is shown with the attributes of the
 * definition in their order.
 *
 * Returns: a reference to drop with ap_device_unref(), or NULL with @error set:
 * %AP_ERROR_NOT_FOUND when there is no such AP device, %AP_ERROR_IO.
 *
 * Since: 0.1
 */
ApDevice *
ap_host_lookup(ApHost *host, const char *name, GError **error);

/**
 * ap_host_add_status:
 * @host: a handle
 * @device: a device that ap_host_lookup() has just returned, and nobody else has
 *
 * Adds what the device is like at the moment, for %AP_NODEDEV_XML_STATUS.  Costs some
 * reads of attributes; for a queue, of every matrix, for a matrix, of every process.
 * The serial number of a coprocessor is a request to the card.  What cannot be read is
 * left out; a device that is not active, and the matrix parent, have no status.
 *
 * Since: 0.1
 */
void
ap_host_add_status(ApHost *host, ApDevice *device);

/**
 * ap_host_has:
 * @host: a handle
 * @name: a node device name
 *
 * Whether there is an AP device of that name, active or defined.  The answer
 * costs no system call for a name that cannot be an AP device's and one for a
 * device that exists; for a matrix that does not, its definition is read.  No
 * attribute is.
 *
 * Returns: %TRUE when there is one; %FALSE also when it cannot be told.
 *
 * Since: 0.1
 */
gboolean
ap_host_has(ApHost *host, const char *name);

/**
 * ap_host_is_active:
 * @host: a handle
 * @name: a node device name
 *
 * Whether there is an AP device of that name now; a matrix that is only defined is
 * not there.  Costs one system call at most.
 *
 * Returns: %TRUE when it is there.
 *
 * Since: 0.1
 */
gboolean
ap_host_is_active(ApHost *host, const char *name);

/**
 * ap_host_has_bus:
 * @host: a handle
 *
 * Whether the host has an AP bus at all, if an empty one.  Costs one system call.
 *
 * Returns: %TRUE when it has.
 *
 * Since: 0.1
 */
gboolean
ap_host_has_bus(ApHost *host);

/**
 * ap_host_shows_extensions:
 * @host: a handle
 *
 * Whether descriptions have reservation, comment and status in them also for
 * clients that do not ask, as ap.conf(5) says.  Costs reading that file.
 *
 * Returns: %FALSE also when there is a mistake in it.
 *
 * Since: 0.1
 */
gboolean
ap_host_shows_extensions(ApHost *host);

/**
 * ap_host_has_other_mdevs:
 * @host: a handle
 *
 * Whether mediated devices, or definitions of some, may be on this host that
 * are not AP matrices.  Costs a scan of two small directories.
 *
 * Returns: %FALSE when all are AP matrices; %TRUE when others are there, or may
 * be because a directory cannot be read.
 *
 * Since: 0.1
 */
gboolean
ap_host_has_other_mdevs(ApHost *host);

/**
 * ap_host_create_matrix:
 * @host: a handle
 * @wish: what to create, from ap_nodedev_xml_parse()
 * @error: return location for a #GError, or NULL
 *
 * Creates a transient matrix as one transaction: the whole wish is checked
 * against the host before anything is written, and when the kernel refuses a
 * step all the same the half-made matrix is removed again.  A UUID is
 * generated when @wish has none.  Adapters and domains that are not plugged
 * may be assigned.  Blocks while another program holds the AP configuration
 * lock, for ten seconds at most.
 *
 * Returns: the new device, a reference to drop with ap_device_unref(); or NULL
 * with @error set:
 * %AP_ERROR_UNSUPPORTED: an attribute that does not exist, a value that is not
 *     a number or above the host's maximum, a wrong type, a host without the
 *     vfio_ap driver
 * %AP_ERROR_EXISTS: the UUID is taken by an active matrix
 * %AP_ERROR_CONFLICT: a queue is assigned to another matrix, which is named
 * %AP_ERROR_HOST_POOL: a queue belongs to the host pool; the message says how
 *     to take it out
 * %AP_ERROR_LOCKED: the lock was not to be had in time; names its owner
 * %AP_ERROR_IO: the kernel refused a step for another reason, or would take no
 *     more matrices
 *
 * Since: 0.1
 */
ApDevice *
ap_host_create_matrix(ApHost *host, const ApDevice *wish, GError **error);

/**
 * ApUpdateFlags:
 * @AP_UPDATE_CURRENT: the matrix as it is now, if it is active, else its definition
 * @AP_UPDATE_LIVE: the matrix as it is now
 * @AP_UPDATE_CONFIG: its definition
 *
 * What an update changes; the last two may be combined.
 *
 * Since: 0.1
 */
typedef enum {
    AP_UPDATE_CURRENT = 0,
    AP_UPDATE_LIVE = 1 << 0,
    AP_UPDATE_CONFIG = 1 << 1,
} ApUpdateFlags;

/**
 * ap_host_update_matrix:
 * @host: a handle
 * @name: node device name of a matrix
 * @wish: what it is to be, from ap_nodedev_xml_parse(): all of its adapters, domains
 *     and control domains; its UUID is that of @name
 * @flags: what to change
 * @live_changed: (nullable): whether the active matrix is another now
 * @error: return location for a #GError, or NULL
 *
 * Changes what a matrix has, as one transaction; a guest that has it open keeps
 * running and sees the change.  Where the kernel has ap_config that is one write, and
 * where nothing is to change none.  Elsewhere first all that is to go goes, then what
 * is to come comes: never is there a queue in the matrix on the way that is neither in
 * the old nor in the new one, and none is away that is in both.  When a step is
 * refused those before it are taken back.  The definition changes last, as by
 * ap_host_define_matrix(); where it cannot, the matrix becomes what it was.  Blocks as
 * ap_host_create_matrix() does.
 *
 * Returns: %TRUE; or %FALSE with @error set:
 * %AP_ERROR_NOT_FOUND: there is no matrix of that name
 * %AP_ERROR_NOT_ACTIVE, %AP_ERROR_NOT_DEFINED: it is not what @flags need
 * %AP_ERROR_BUSY: the kernel changes no matrix that a guest has, which is named; or the
 *     guest would lose something, which neither @wish nor ap.conf(5) allows
 * %AP_ERROR_UNSUPPORTED, %AP_ERROR_CONFLICT, %AP_ERROR_HOST_POOL, %AP_ERROR_LOCKED,
 *     %AP_ERROR_IO: as for ap_host_create_matrix() and ap_host_define_matrix()
 *
 * Since: 0.1
 */
gboolean
ap_host_update_matrix(ApHost *host,
                      const char *name,
                      const ApDevice *wish,
                      ApUpdateFlags flags,
                      gboolean *live_changed,
                      GError **error);

/**
 * ap_host_destroy_matrix:
 * @host: a handle
 * @name: node device name of a matrix
 * @error: return location for a #GError, or NULL
 *
 * Removes the active matrix @name; a stored definition stays.
 *
 * Returns: %TRUE; or %FALSE with @error set: %AP_ERROR_NOT_FOUND when there is
 * no matrix of that name, %AP_ERROR_NOT_ACTIVE when it is only defined,
 * %AP_ERROR_BUSY when a guest has it open, or when the kernel does not finish
 * within ten seconds (it goes on by itself) or has not finished an earlier
 * removal, %AP_ERROR_LOCKED, %AP_ERROR_IO.
 *
 * Since: 0.1
 */
gboolean
ap_host_destroy_matrix(ApHost *host, const char *name, GError **error);

/**
 * ap_host_define_matrix:
 * @host: a handle
 * @wish: what to define, from ap_nodedev_xml_parse()
 * @error: return location for a #GError, or NULL
 *
 * Stores the definition of a matrix, in the place of one with the same UUID, which
 * then keeps its autostart; a matrix that is active stays as it is.  A UUID is
 * generated when @wish has none.  Queues that others have, or that nobody has, may
 * be defined: it is the start that needs them.  The definition is stored whole or
 * not at all, and is on the disk when this returns.
 *
 * Returns: the definition as an inactive device, a reference to drop with
 * ap_device_unref(); or NULL with @error set:
 * %AP_ERROR_UNSUPPORTED: as with ap_host_create_matrix(), or there is a file for that
 *     UUID which cannot be used: it is not overwritten
 * %AP_ERROR_LOCKED: the lock was not to be had in time; names its owner
 * %AP_ERROR_IO: reading the host or writing the definition failed
 *
 * Since: 0.1
 */
ApDevice *
ap_host_define_matrix(ApHost *host, const ApDevice *wish, GError **error);

/**
 * ap_host_undefine_matrix:
 * @host: a handle
 * @name: node device name of a matrix
 * @error: return location for a #GError, or NULL
 *
 * Removes the definition of the matrix @name, which stays active if it is.
 *
 * Returns: %TRUE; or %FALSE with @error set: %AP_ERROR_NOT_FOUND when there is no
 * matrix of that name, %AP_ERROR_NOT_DEFINED when it is not defined,
 * %AP_ERROR_BUSY when it starts by itself and a guest has it, which is named (ap.conf(5)
 * can allow that), %AP_ERROR_LOCKED, %AP_ERROR_CONFIG, %AP_ERROR_IO.
 *
 * Since: 0.1
 */
gboolean
ap_host_undefine_matrix(ApHost *host, const char *name, GError **error);

/**
 * ap_host_start_matrix:
 * @host: a handle
 * @name: node device name of a matrix
 * @error: return location for a #GError, or NULL
 *
 * Makes the matrix @name as its definition has it, as one transaction.
 *
 * Returns: %TRUE; or %FALSE with @error set: %AP_ERROR_NOT_FOUND when there is no
 * such definition, %AP_ERROR_EXISTS when it is active already, and what
 * ap_host_create_matrix() fails with.
 *
 * Since: 0.1
 */
gboolean
ap_host_start_matrix(ApHost *host, const char *name, GError **error);

/**
 * ap_host_set_autostart:
 * @host: a handle
 * @name: node device name of a matrix
 * @autostart: whether the matrix is to start by itself
 * @error: return location for a #GError, or NULL
 *
 * Changes the definition of the matrix @name.
 *
 * Returns: %TRUE; or %FALSE with @error set as by ap_host_undefine_matrix(), or to
 * %AP_ERROR_UNSUPPORTED when the definition cannot be used.
 *
 * Since: 0.1
 */
gboolean
ap_host_set_autostart(ApHost *host, const char *name, gboolean autostart, GError **error);

/**
 * ap_host_lookup_definition:
 * @host: a handle
 * @name: node device name of a matrix
 * @error: return location for a #GError, or NULL
 *
 * Returns: the stored definition of the matrix @name as an inactive device, active
 * or not, a reference to drop with ap_device_unref(); or NULL with @error set as by
 * ap_host_set_autostart().
 *
 * Since: 0.1
 */
ApDevice *
ap_host_lookup_definition(ApHost *host, const char *name, GError **error);

/**
 * ap_host_roll_back:
 * @host: a handle
 * @number: number of a change in the history; 0 for the newest change of a matrix that
 *     has not been taken back yet and does not itself take one back
 * @undone: (out) (optional): the number of what was taken back
 * @error: return location for a #GError, or NULL
 *
 * Takes back one change of a matrix: what was created is destroyed, what was destroyed
 * is created, and so for definitions, live changes and autostart.  It is a change like
 * any other: with the same checks, whole or not at all, and with an entry of its own in
 * the journal, by which it can be taken back as well.  It is refused when what that
 * change has made of the matrix is not there any more, so nothing is lost that somebody
 * has done since.  Queues that the change took out of the host pool go back where
 * nobody needs them; those that it gave back are taken out again.
 *
 * Returns: %TRUE; or %FALSE with @error set: %AP_ERROR_NOT_FOUND when there is no such
 * change, %AP_ERROR_CHANGED, and what ap_host_create_matrix(),
 * ap_host_destroy_matrix(), ap_host_define_matrix() and ap_host_update_matrix() fail
 * with.
 *
 * Since: 0.1
 */
gboolean
ap_host_roll_back(ApHost *host, guint64 number, guint64 *undone, GError **error);

/**
 * ap_host_recover:
 * @host: a handle
 * @error: return location for a #GError, or NULL
 *
 * Settles what a program left half done which was killed meanwhile; to be called when
 * a service starts.  Every change does the same first.  A matrix that was being made
 * is removed, unless a guest uses it by now; one that was being changed becomes what
 * it was; a definition is the old or the new one.  What was done, or could not be, is
 * said in a warning.
 *
 * Returns: %TRUE; or %FALSE with @error set to %AP_ERROR_LOCKED or %AP_ERROR_IO
 * when the lock was not to be had.
 *
 * Since: 0.1
 */
gboolean
ap_host_recover(ApHost *host, GError **error);

G_END_DECLS
