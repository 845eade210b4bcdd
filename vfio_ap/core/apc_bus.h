/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A model of the kernel's AP bus: the devices it made of the hardware, the
 * drivers they are bound to, the host pool and the scan.  One struct apc_bus is
 * a whole machine; it is some 600 KiB whatever the machine's size.
 *
 * Nothing here locks.  The caller serializes all calls on one struct apc_bus.
 */
#ifndef APC_BUS_H
#define APC_BUS_H

#include "apc_hw.h"
#include "apc_matrix.h"

enum apc_driver {
	APC_DRIVER_NONE,
	APC_DRIVER_CEX4CARD,
	APC_DRIVER_CEX4QUEUE,
	APC_DRIVER_VFIO_AP,
	APC_DRIVER_COUNT,
};

/*
 * What the bus has learned from one kernel to the next, as far as it shows: flags
 * of struct apc_bus.caps.
 */
/* features of bus and matrix, ap_functions of queues, ap_config of mdevs */
#define APC_CAP_ATTRIBUTES 0x01
/* depth of a card counts requests; before, it was one less */
#define APC_CAP_DEPTH 0x02
/* that all queues are bound is told by scans, when something was bound since the
 * last time; before, it was told after each binding
 */
#define APC_CAP_COMPLETE_ONCE 0x04
/* what is checkstopped counts as offline */
#define APC_CAP_CHKSTOP_OFFLINE 0x08
/* poll_thread and poll_timeout take nothing behind the value, and 0 */
#define APC_CAP_STRICT 0x10
/* the bus starts new queues, whoever has them */
#define APC_CAP_START 0x20
/* interrupt asks the queue; before, it told what the bus had last set up */
#define APC_CAP_ASK_IRQ 0x40
/* the bus resets a queue that is usable again at once; before, when it next had to do
 * with some queue
 */
#define APC_CAP_RESTART 0x80
/* driver_override of queues, which excludes masks that leave something out of the
 * pool; an id comes back into a mask only when no mdev has any queue of it; and
 * bindings_complete_count
 */
#define APC_CAP_OVERRIDE 0x100
/* a guest gets a queue whose reset found its card in standby or broken; before, only
 * after another reset, that found it well
 */
#define APC_CAP_RESET_AWAY 0x200

#define APC_CAPS_6_1  0
#define APC_CAPS_6_12 0x2ff
#define APC_CAPS_6_19 0x3ff

/* "cex4card" … ; NULL for APC_DRIVER_NONE */
const char *apc_driver_name(enum apc_driver driver);

/* Different names that driver_override can have at one time, and their length. */
#define APC_OVERRIDES	  16
#define APC_OVERRIDE_SIZE 64

/**
 * struct apc_overrides - drivers that user space wants for single queues
 * @name: names, NUL behind them; number 0 is never used, APC_OVERRIDE_HOST and
 *	  APC_OVERRIDE_GUESTS are those of cex4queue and vfio_ap
 * @of: the number of the name for each queue, 0: none
 * @free: per adapter the queues that vfio_ap has because of that
 * @count: as the kernel counts: one for each queue that got a name.  A queue that
 *	   goes with its name is still counted.
 */
struct apc_overrides {
	char name[APC_OVERRIDES][APC_OVERRIDE_SIZE];
	u8 of[APC_IDS][APC_IDS];
	struct apc_mask free[APC_IDS];
	u32 count;
};

/**
 * struct apc_card - a card device as the bus shows it
 * @hw: the hardware when it was found
 * @type: the type that the drivers see, at most 14
 * @config, @chkstop: state at the last scan
 * @online: wish of the user (driver cex4card)
 * @requests, @waiting, @pending, @load: counters
 */
struct apc_card {
	struct apc_hw_card hw;
	u8 type;
	bool config;
	bool chkstop;
	bool online;
	u32 waiting;
	u32 pending;
	u32 load;
	u64 requests;
};

enum apc_event_type {
	APC_EVENT_CARD_ADD,
	APC_EVENT_CARD_REMOVE,
	APC_EVENT_CARD_BIND,
	APC_EVENT_CARD_UNBIND,
	APC_EVENT_CARD_CONFIG,
	APC_EVENT_CARD_ONLINE,
	APC_EVENT_QUEUE_ADD,
	APC_EVENT_QUEUE_REMOVE,
	APC_EVENT_QUEUE_BIND,
	APC_EVENT_QUEUE_UNBIND,
	APC_EVENT_QUEUE_CONFIG,
	APC_EVENT_QUEUE_ONLINE,
	APC_EVENT_SCAN_INITIAL,
	APC_EVENT_BINDINGS_COMPLETE,
	APC_EVENT_APMASK,
	APC_EVENT_AQMASK,
	APC_EVENT_COUNT,
};

/**
 * struct apc_event - something that the kernel reports with an uevent
 * @type: what
 * @apid: the card, or the card of the queue
 * @apqi: the domain of the queue
 * @driver: bound before UNBIND, after BIND, and at the time of the others
 * @value: 0 or 1 for CONFIG and ONLINE, the count for BINDINGS_COMPLETE
 *
 * See apc_event_action(), apc_event_path() and apc_event_env() in apc_attr.h for
 * the uevent itself.
 */
struct apc_event {
	enum apc_event_type type;
	u8 apid;
	u8 apqi;
	enum apc_driver driver;
	u64 value;
};

struct apc_bus;

/**
 * struct apc_bus_ops - what the shell does; every member may be NULL
 * @event: something happened, in the order in which the kernel reports it
 */
struct apc_bus_ops {
	void (*event)(struct apc_bus *bus, const struct apc_event *event);
};

/**
 * struct apc_bus - the machine as Linux sees it
 * @ops: the shell's callbacks, or NULL
 * @caps: APC_CAP_*; those of Linux 6.12 unless they are set before the first scan
 * @hw: the hardware
 * @pool: apmask and aqmask
 * @qci: the configuration at the last scan
 * @matrix: vfio_ap.  @matrix.bound says which queues it has.
 * @matrix_ops: its callbacks
 * @vfio_ap: whether that driver is loaded
 * @cards: card devices
 * @cards_bound: those bound to cex4card
 * @card: their state
 * @present: per adapter the queue devices
 * @host_bound: per adapter those bound to cex4queue
 * @operating: per adapter those that the bus has initialised
 * @resetting: per adapter those that the bus has begun, or still has, to reset
 * @failed: per adapter those that the next scan initialises again
 * @config, @chkstop, @online: per adapter their state
 * @overrides: attribute driver_override
 * @requests, @waiting: per queue the requests so far, and those under way
 * @irq_seen: per adapter those for which the bus has set up interrupts last
 * @polls: whether the bus comes back to the queues that it resets
 * @scans: number of scans so far
 * @completions: how often all queues were found bound
 * @bindings_complete: whether that was reported since the last change
 * @autoprobe: attribute drivers_autoprobe
 * @domain: default domain, -1 while there is none
 * @config_time: seconds until the shell's timer has the bus scan, if it has one
 * @timer_set: how often that timer was set anew, to that time from then on
 * @poll_timeout, @poll_thread: attributes without effect here
 */
struct apc_bus {
	const struct apc_bus_ops *ops;
	unsigned int caps;
	struct apc_hw hw;
	struct apc_pool pool;
	struct apc_qci qci;
	struct apc_matrix matrix;
	struct apc_matrix_ops matrix_ops;
	bool vfio_ap;
	struct apc_mask cards;
	struct apc_mask cards_bound;
	struct apc_card card[APC_IDS];
	struct apc_mask present[APC_IDS];
	struct apc_mask host_bound[APC_IDS];
	struct apc_mask operating[APC_IDS];
	struct apc_mask resetting[APC_IDS];
	struct apc_mask failed[APC_IDS];
	struct apc_mask config[APC_IDS];
	struct apc_mask chkstop[APC_IDS];
	struct apc_mask online[APC_IDS];
	struct apc_mask irq_seen[APC_IDS];
	struct apc_overrides overrides;
	u32 requests[APC_IDS][APC_IDS];
	u8 waiting[APC_IDS][APC_IDS];
	bool polls;
	u64 scans;
	u64 completions;
	bool bindings_complete;
	bool autoprobe;
	int domain;
	int config_time;
	unsigned int timer_set;
	u64 poll_timeout;
	bool poll_thread;
};

/**
 * apc_bus_init() - the bus before its first scan
 * @bus: memory of the caller, any content
 * @ops: callbacks or NULL
 * @matrix_ops: callbacks for @bus->matrix or NULL; when their reset is NULL, the
 *		modelled hardware answers (apc_bus_reset())
 *
 * The host pool holds everything.  Fill @bus->hw, then call apc_bus_scan().
 */
void apc_bus_init(struct apc_bus *bus, const struct apc_bus_ops *ops,
		  const struct apc_matrix_ops *matrix_ops);
/* Looks at the hardware; the first time also at its configuration. */
void apc_bus_scan(struct apc_bus *bus);
/* Tells the matrix device how a reset ended, as the modelled kernel takes it. */
void apc_bus_reset_done(struct apc_bus *bus, unsigned int apid, unsigned int apqi, u8 rc);
/* A reset operation for struct apc_matrix_ops that asks the modelled hardware. */
void apc_bus_reset(struct apc_matrix *mx, unsigned int apid,
		   const struct apc_mask *domains);

static inline bool apc_bus_can(const struct apc_bus *bus, unsigned int cap)
{
	return bus->caps & cap;
}

/* Driver of a queue or card that is there. */
enum apc_driver apc_bus_queue_driver(const struct apc_bus *bus, unsigned int apid,
				     unsigned int apqi);
enum apc_driver apc_bus_card_driver(const struct apc_bus *bus, unsigned int apid);
bool apc_bus_has_queue(const struct apc_bus *bus, unsigned int apid, unsigned int apqi);
/* Queue devices and how many of them have a driver (attribute bindings). */
void apc_bus_count(const struct apc_bus *bus, unsigned int *queues, unsigned int *bound);

/**
 * apc_bus_bind() - writes a device name to bind or unbind of a driver
 * @bus: the bus
 * @driver: the driver
 * @text: "card05" or "05.0004", at most one newline
 * @len: its length
 *
 * Return: 0, -ENODEV (no such device, wrong kind, against the masks), -EBUSY
 * (has a driver)
 */
int apc_bus_bind(struct apc_bus *bus, enum apc_driver driver, const char *text,
		 size_t len);
/* Return: 0, -ENODEV (no such device, or not bound to @driver) */
int apc_bus_unbind(struct apc_bus *bus, enum apc_driver driver, const char *text,
		   size_t len);
/* Writes to drivers_probe. Return: 0, -ENODEV */
int apc_bus_probe(struct apc_bus *bus, const char *text, size_t len);

/* Writes to apmask and aqmask. Return: 0, -EINVAL (also: queues have overrides), -EBUSY
 */
int apc_bus_set_apmask(struct apc_bus *bus, const char *text, size_t len);
int apc_bus_set_aqmask(struct apc_bus *bus, const char *text, size_t len);
/* Writes to ap_domain. Return: 0, -EINVAL */
int apc_bus_set_domain(struct apc_bus *bus, const char *text, size_t len);
/* Writes to config of a card. Return: 0, -EINVAL, -EIO (the card is gone) */
int apc_bus_set_card_config(struct apc_bus *bus, unsigned int apid, const char *text,
			    size_t len);
/* Writes to online. Return: 0, -EINVAL, -ENODEV */
int apc_bus_set_card_online(struct apc_bus *bus, unsigned int apid, const char *text,
			    size_t len);
int apc_bus_set_queue_online(struct apc_bus *bus, unsigned int apid, unsigned int apqi,
			     const char *text, size_t len);
/**
 * apc_bus_set_override() - writes to driver_override of a queue
 * @bus: the bus
 * @apid, @apqi: the queue
 * @text: a name, which ends with a newline or with the text; nothing before a
 *	  newline takes the override back
 * @len: its length
 *
 * The queue stays with the driver that it has until somebody unbinds it.
 *
 * Return: 0, -EINVAL (a mask leaves something out of the pool; too long), -ENOMEM
 * (here: more different or longer names than there is room for)
 */
int apc_bus_set_override(struct apc_bus *bus, unsigned int apid, unsigned int apqi,
			 const char *text, size_t len);
/* What driver_override of the queue says; "" for nothing. */
const char *apc_bus_override(const struct apc_bus *bus, unsigned int apid,
			     unsigned int apqi);
/* @done requests were sent to a queue of the host, and @waiting have no reply yet. */
void apc_bus_request(struct apc_bus *bus, unsigned int apid, unsigned int apqi, u32 done,
		     u8 waiting);
/* Ends a reset that hung; later ones go well. */
void apc_bus_reset_ends(struct apc_bus *bus, unsigned int apid, unsigned int apqi);

/* "card05" or "05.0004". Return: 0 or -ENODEV; @apqi is -1 for a card. */
int apc_bus_parse_name(const char *text, size_t len, unsigned int *apid, int *apqi);

#endif
