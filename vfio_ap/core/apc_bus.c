// SPDX-License-Identifier: GPL-2.0
/*
 * What user space does to the bus: the host pool, the default domain, and
 * binding devices by hand.
 */
#include "apc_device.h"
#include "apc_text.h"

static const char *const apc_driver_names[] = {
	[APC_DRIVER_CEX4CARD] = "cex4card",
	[APC_DRIVER_CEX4QUEUE] = "cex4queue",
	[APC_DRIVER_VFIO_AP] = "vfio_ap",
};

static_assert(APC_ARRAY_SIZE(apc_driver_names) == APC_DRIVER_COUNT,
	      "every driver has a name");

const char *apc_driver_name(enum apc_driver driver)
{
	return apc_driver_names[driver];
}

void apc_bus_init(struct apc_bus *bus, const struct apc_bus_ops *ops,
		  const struct apc_matrix_ops *matrix_ops)
{
	memset(bus, 0, sizeof(*bus));
	bus->ops = ops;
	bus->caps = APC_CAPS_6_12;
	if (matrix_ops)
		bus->matrix_ops = *matrix_ops;
	if (!bus->matrix_ops.reset)
		bus->matrix_ops.reset = apc_bus_reset;
	apc_hw_init(&bus->hw);
	apc_mask_fill(&bus->pool.apm);
	apc_mask_fill(&bus->pool.aqm);
	bus->pool.free = bus->overrides.free;
	apc_overrides_init(bus);
	apc_matrix_init(&bus->matrix, &bus->matrix_ops, &bus->pool, &bus->qci);
	bus->vfio_ap = true;
	bus->autoprobe = true;
	bus->domain = -1;
	bus->config_time = 30;
	bus->poll_timeout = 250000;
}

static struct apc_bus *apc_bus_of(struct apc_matrix *mx)
{
	return (struct apc_bus *)((char *)mx - offsetof(struct apc_bus, matrix));
}

void apc_bus_reset_done(struct apc_bus *bus, unsigned int apid, unsigned int apqi, u8 rc)
{
	bool away = rc == APC_RC_DECONFIGURED || rc == APC_RC_CHECKSTOPPED;

	/* Any other failure does not let a guest have it either. */
	if (away && !apc_bus_can(bus, APC_CAP_RESET_AWAY))
		rc = APC_RC_Q_NOT_AVAIL;
	apc_matrix_reset_done(&bus->matrix, apid, apqi, rc);
}

void apc_bus_reset(struct apc_matrix *mx, unsigned int apid,
		   const struct apc_mask *domains)
{
	struct apc_bus *bus = apc_bus_of(mx);
	unsigned int apqi;

	apc_mask_for_each(apqi, domains) {
		apc_bus_reset_done(bus, apid, apqi, apc_hw_zapq(&bus->hw, apid, apqi));
	}
}

void apc_bus_reset_ends(struct apc_bus *bus, unsigned int apid, unsigned int apqi)
{
	struct apc_mask one = { { 0 } };

	/* One that did not hang, even if it failed, is as it is until the next reset. */
	if (!apc_mask_test(&bus->hw.hang[apid], apqi))
		return;
	apc_mask_set(&one, apqi);
	apc_mask_clear(&bus->hw.hang[apid], apqi);
	apc_bus_reset_done(bus, apid, apqi, apc_hw_zapq(&bus->hw, apid, apqi));
	apc_queues_work(bus, apid, &one);
	apc_queues_poll(bus);
}

bool apc_bus_has_queue(const struct apc_bus *bus, unsigned int apid, unsigned int apqi)
{
	return apc_mask_test(&bus->present[apid], apqi);
}

enum apc_driver apc_bus_queue_driver(const struct apc_bus *bus, unsigned int apid,
				     unsigned int apqi)
{
	if (apc_mask_test(&bus->host_bound[apid], apqi))
		return APC_DRIVER_CEX4QUEUE;
	if (apc_mask_test(&bus->matrix.bound[apid], apqi))
		return APC_DRIVER_VFIO_AP;
	return APC_DRIVER_NONE;
}

enum apc_driver apc_bus_card_driver(const struct apc_bus *bus, unsigned int apid)
{
	return apc_mask_test(&bus->cards_bound, apid) ? APC_DRIVER_CEX4CARD
						      : APC_DRIVER_NONE;
}

void apc_bus_count(const struct apc_bus *bus, unsigned int *queues, unsigned int *bound)
{
	unsigned int apid;

	*queues = 0;
	*bound = 0;
	apc_mask_for_each(apid, &bus->cards) {
		*queues += apc_mask_weight(&bus->present[apid]);
		*bound += apc_mask_weight(&bus->host_bound[apid]);
		*bound += apc_mask_weight(&bus->matrix.bound[apid]);
	}
}

/* --- device names -------------------------------------------------------- */

/* Exactly @width lower case digits, as the kernel prints them. */
static int apc_in_fixed_hex(struct apc_in *in, unsigned int width, unsigned int *value)
{
	char c;

	*value = 0;
	while (width--) {
		c = apc_in_peek(in);
		if (c >= '0' && c <= '9')
			*value = *value * 16 + (c - '0');
		else if (c >= 'a' && c <= 'f')
			*value = *value * 16 + (c - 'a' + 10);
		else
			return -ENODEV;
		in->pos++;
	}
	return 0;
}

static int apc_in_name_end(struct apc_in *in)
{
	if (apc_in_peek(in) == '\n')
		in->pos++;
	return apc_in_peek(in) ? -ENODEV : 0;
}

static int apc_parse_card(struct apc_in *in, unsigned int *apid, int *apqi)
{
	*apqi = -1;
	in->pos += 4;
	return apc_in_fixed_hex(in, 2, apid) || apc_in_name_end(in) ? -ENODEV : 0;
}

static int apc_parse_queue(struct apc_in *in, unsigned int *apid, int *apqi)
{
	unsigned int domain;

	if (apc_in_fixed_hex(in, 2, apid) || apc_in_peek(in) != '.')
		return -ENODEV;
	in->pos++;
	if (apc_in_fixed_hex(in, 4, &domain) || domain >= APC_IDS || apc_in_name_end(in))
		return -ENODEV;
	*apqi = domain;
	return 0;
}

int apc_bus_parse_name(const char *text, size_t len, unsigned int *apid, int *apqi)
{
	struct apc_in in;

	apc_in_init(&in, text, len);
	if (len >= 4 && !memcmp(text, "card", 4))
		return apc_parse_card(&in, apid, apqi);
	return apc_parse_queue(&in, apid, apqi);
}

static int apc_bus_find(const struct apc_bus *bus, const char *text, size_t len,
			unsigned int *apid, int *apqi)
{
	if (apc_bus_parse_name(text, len, apid, apqi))
		return -ENODEV;
	if (*apqi < 0)
		return apc_mask_test(&bus->cards, *apid) ? 0 : -ENODEV;
	return apc_bus_has_queue(bus, *apid, *apqi) ? 0 : -ENODEV;
}

/* --- binding ------------------------------------------------------------- */

static int apc_bind_card(struct apc_bus *bus, enum apc_driver driver, unsigned int apid)
{
	if (driver != APC_DRIVER_CEX4CARD)
		return -ENODEV;
	if (apc_bus_card_driver(bus, apid))
		return -EBUSY;
	return apc_card_attach(bus, apid);
}

static int apc_bind_queue(struct apc_bus *bus, enum apc_driver driver, unsigned int apid,
			  unsigned int apqi)
{
	struct apc_mask one = { { 0 } };
	struct apc_mask host, guests;

	if (driver != APC_DRIVER_CEX4QUEUE && driver != APC_DRIVER_VFIO_AP)
		return -ENODEV;
	if (apc_bus_queue_driver(bus, apid, apqi))
		return -EBUSY;
	apc_driver_rows(bus, apid, &host, &guests);
	if (!apc_mask_test(driver == APC_DRIVER_VFIO_AP ? &guests : &host, apqi))
		return -ENODEV;
	apc_mask_set(&one, apqi);
	apc_queues_attach(bus, apid, &one);
	apc_queues_poll(bus);
	apc_matrix_settle(&bus->matrix);
	return apc_bus_queue_driver(bus, apid, apqi) == driver ? 0 : -ENODEV;
}

int apc_bus_bind(struct apc_bus *bus, enum apc_driver driver, const char *text,
		 size_t len)
{
	unsigned int apid;
	int apqi;

	if (apc_bus_find(bus, text, len, &apid, &apqi))
		return -ENODEV;
	if (apqi < 0)
		return apc_bind_card(bus, driver, apid);
	return apc_bind_queue(bus, driver, apid, apqi);
}

int apc_bus_unbind(struct apc_bus *bus, enum apc_driver driver, const char *text,
		   size_t len)
{
	struct apc_mask one = { { 0 } };
	unsigned int apid;
	int apqi;

	if (driver == APC_DRIVER_NONE || apc_bus_find(bus, text, len, &apid, &apqi))
		return -ENODEV;
	if (apqi < 0 ? apc_bus_card_driver(bus, apid) != driver
		     : apc_bus_queue_driver(bus, apid, apqi) != driver)
		return -ENODEV;
	if (apqi < 0) {
		apc_card_detach(bus, apid);
		return 0;
	}
	apc_mask_set(&one, apqi);
	apc_queues_detach(bus, apid, &one);
	return 0;
}

int apc_bus_probe(struct apc_bus *bus, const char *text, size_t len)
{
	struct apc_mask one = { { 0 } };
	unsigned int apid;
	int apqi;

	if (apc_bus_find(bus, text, len, &apid, &apqi))
		return -ENODEV;
	/* That no driver wants the device is not an error. */
	if (apqi < 0) {
		if (!apc_bus_card_driver(bus, apid))
			apc_card_attach(bus, apid);
	} else if (!apc_bus_queue_driver(bus, apid, apqi)) {
		apc_mask_set(&one, apqi);
		apc_queues_attach(bus, apid, &one);
		apc_queues_poll(bus);
		apc_matrix_settle(&bus->matrix);
	}
	return 0;
}

/* --- host pool ----------------------------------------------------------- */

/* @apm x @aqm are to be the host's; of one of them the masks change. */
static int apc_bus_reserve(struct apc_bus *bus, const struct apc_mask *apm,
			   const struct apc_mask *aqm)
{
	if (!bus->vfio_ap || !apc_matrix_in_use(&bus->matrix, apm, aqm))
		return 0;
	return -EBUSY;
}

/*
 * The ids that those that come back make queues with.  Since there are overrides the
 * kernel means all of them, so that it refuses more than it would have to.
 */
static const struct apc_mask *
apc_with_ids(const struct apc_bus *bus, const struct apc_mask *pool, struct apc_mask *all)
{
	if (!apc_bus_can(bus, APC_CAP_OVERRIDE))
		return pool;
	apc_mask_fill(all);
	return all;
}

int apc_bus_set_apmask(struct apc_bus *bus, const char *text, size_t len)
{
	struct apc_mask apm = bus->pool.apm;
	struct apc_mask reserved, all;

	if (bus->overrides.count || apc_mask_parse(&apm, text, len))
		return -EINVAL;
	if (apc_mask_equal(&apm, &bus->pool.apm))
		return 0;
	apc_mask_andnot(&reserved, &apm, &bus->pool.apm);
	if (apc_bus_reserve(bus, &reserved, apc_with_ids(bus, &bus->pool.aqm, &all)))
		return -EBUSY;
	bus->pool.apm = apm;
	apc_queues_revise(bus);
	apc_queues_poll(bus);
	apc_emit(bus, APC_EVENT_APMASK, 0, 0, 0);
	return 0;
}

int apc_bus_set_aqmask(struct apc_bus *bus, const char *text, size_t len)
{
	struct apc_mask aqm = bus->pool.aqm;
	struct apc_mask reserved, all;

	if (bus->overrides.count || apc_mask_parse(&aqm, text, len))
		return -EINVAL;
	if (apc_mask_equal(&aqm, &bus->pool.aqm))
		return 0;
	apc_mask_andnot(&reserved, &aqm, &bus->pool.aqm);
	if (apc_bus_reserve(bus, apc_with_ids(bus, &bus->pool.apm, &all), &reserved))
		return -EBUSY;
	bus->pool.aqm = aqm;
	apc_queues_revise(bus);
	apc_queues_poll(bus);
	apc_emit(bus, APC_EVENT_AQMASK, 0, 0, 0);
	return 0;
}

int apc_bus_set_domain(struct apc_bus *bus, const char *text, size_t len)
{
	int max = apc_qci_bus_max_domain(&bus->qci);
	int domain;

	if (apc_parse_int(text, len, true, &domain) || domain < 0 || domain > max ||
	    !apc_mask_test(&bus->pool.aqm, domain))
		return -EINVAL;
	bus->domain = domain;
	return 0;
}

void apc_bus_request(struct apc_bus *bus, unsigned int apid, unsigned int apqi, u32 done,
		     u8 waiting)
{
	bus->requests[apid][apqi] += done;
	bus->waiting[apid][apqi] = waiting;
	bus->card[apid].requests += done;
}

/* --- state of cards and queues ----------------------------------------------- */

static int apc_parse_flag(const char *text, size_t len, bool *on)
{
	int value;

	if (apc_parse_int(text, len, false, &value) || value < 0 || value > 1)
		return -EINVAL;
	*on = value;
	return 0;
}

int apc_bus_set_card_config(struct apc_bus *bus, unsigned int apid, const char *text,
			    size_t len)
{
	bool on;

	if (apc_parse_flag(text, len, &on))
		return -EINVAL;
	if (bus->card[apid].config != on && !apc_mask_test(&bus->hw.installed, apid))
		return -EIO;
	if (bus->card[apid].config != on)
		apc_hw_configure_card(&bus->hw, apid, on);
	bus->card[apid].config = on;
	/* The queues follow when the bus scans. */
	apc_emit(bus, APC_EVENT_CARD_CONFIG, apid, 0, on);
	return 0;
}

static void apc_queues_force_online(struct apc_bus *bus, unsigned int apid, bool on)
{
	struct apc_mask changed = bus->host_bound[apid];
	unsigned int apqi;

	if (on)
		apc_mask_andnot(&changed, &changed, &bus->online[apid]);
	else
		apc_mask_and(&changed, &changed, &bus->online[apid]);
	apc_mask_for_each(apqi, &changed) {
		apc_mask_assign(&bus->online[apid], apqi, on);
		apc_emit(bus, APC_EVENT_QUEUE_ONLINE, apid, apqi, on);
	}
}

int apc_bus_set_card_online(struct apc_bus *bus, unsigned int apid, const char *text,
			    size_t len)
{
	struct apc_card *card = &bus->card[apid];
	bool on;

	if (apc_parse_flag(text, len, &on))
		return -EINVAL;
	if (on && !apc_card_usable(bus, apid))
		return -ENODEV;
	card->online = on;
	apc_emit(bus, APC_EVENT_CARD_ONLINE, apid, 0, on);
	apc_queues_force_online(bus, apid, on);
	return 0;
}

int apc_bus_set_queue_online(struct apc_bus *bus, unsigned int apid, unsigned int apqi,
			     const char *text, size_t len)
{
	const struct apc_card *card = &bus->card[apid];
	bool on;

	if (apc_parse_flag(text, len, &on))
		return -EINVAL;
	if (on && !(apc_card_usable(bus, apid) && apc_queue_usable(bus, apid, apqi)))
		return -ENODEV;
	if (on && !card->online)
		return -EINVAL;
	apc_mask_assign(&bus->online[apid], apqi, on);
	apc_emit(bus, APC_EVENT_QUEUE_ONLINE, apid, apqi, on);
	return 0;
}
