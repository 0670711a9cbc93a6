// SPDX-License-Identifier: GPL-2.0-or-later
/* libovpp: bundles, and the verifier that finds each byte that was changed. */
#include "kselftest_harness.h"

#include <errno.h>

#include "evidence_made.h"
#include "verify.h"

FIXTURE(verify)
{
	struct made *m;
	struct ovpp_verify *v;
	const struct ovpp_verify_result *result;
	const struct ovpp_fault *fault;
	struct ovpp_verify_options options;
	struct ovpp_record rec[16];
};

FIXTURE_SETUP(verify)
{
	self->m = made_new(2);
}

FIXTURE_TEARDOWN(verify)
{
	ovpp_verify_free(self->v);
	made_free(self->m);
}

typedef struct _test_data_verify fixture;

/* Gives the bundle in pieces. */
static int verify_pieces(fixture *self, size_t piece)
{
	const struct ovpp_buffer *b = &self->m->out;
	int ret = 0;

	ovpp_verify_free(self->v);
	self->v = ovpp_verify_new(self->m->key[0].public, &self->options);
	self->result = ovpp_verify_result(self->v);
	self->fault = &self->result->fault;
	for (size_t at = 0; at < b->size && !ret; at += piece)
		ret = ovpp_verify_feed(self->v, b->data + at,
				       b->size - at < piece ? b->size - at : piece);
	return ret ? ret : ovpp_verify_end(self->v);
}

static int verify(fixture *self)
{
	return verify_pieces(self, SIZE_MAX / 2);
}

/* Where these bytes are in the bundle. */
static size_t find(fixture *self, const void *bytes, size_t size)
{
	const struct ovpp_buffer *b = &self->m->out;
	const uint8_t *found = memmem(b->data, b->size, bytes, size);

	MUST(found);
	return (size_t)(found - b->data);
}

static void begin(fixture *self)
{
	made_begin(self->m);
	made_table(self->m);
}

/* A batch of @n records that are right, or as @change makes them. */
static void batch(fixture *self, size_t n, void (*change)(struct ovpp_record *rec))
{
	made_records(self->m, self->rec, n, 2);
	if (change)
		change(self->rec);
	made_batch(self->m, self->rec, n, n);
}

/* A head, and what the verifier says: the fault's offset is at these bytes. */
#define WRONG_AT(bytes, size, plus)                                               \
	do {                                                                      \
		made_head(self->m);                                               \
		EXPECT_EQ(-EBADMSG, verify(self));                                \
		EXPECT_EQ(find(self, bytes, size) + (plus), self->fault->offset); \
		EXPECT_NE('\0', *self->fault->text);                              \
		EXPECT_FALSE(self->result->proven);                               \
	} while (0)

#define FIELD_AT(field) ovpp_header_at(self->m->cose.data, self->m->cose.size, field)
#define WRONG_HEADER(field) WRONG_AT(self->m->cose.data, self->m->cose.size, FIELD_AT(field))

TEST_F(verify, everything_that_there_is_is_proven_and_counted)
{
	made_small(self->m);
	ASSERT_EQ(0, verify(self));
	EXPECT_TRUE(self->result->proven);
	EXPECT_EQ(3, self->result->batches);
	EXPECT_EQ(17, self->result->records);
	EXPECT_EQ(15, self->result->disclosed);
	EXPECT_EQ(1, self->result->gaps);
	EXPECT_EQ(3, self->result->lost);
	EXPECT_EQ(2, self->result->keys);
	EXPECT_EQ(1, self->result->lives);
	EXPECT_EQ(0, self->result->first_batch);
	EXPECT_EQ(2, self->result->last_batch);
	EXPECT_EQ(3, self->result->head.size);
	EXPECT_EQ(1, self->result->remark[OVPP_REMARK_GAP].batches);
	EXPECT_EQ(1, self->result->remark[OVPP_REMARK_WITHHELD].first);
	EXPECT_EQ(2, self->result->remark[OVPP_REMARK_KEY].first);
	EXPECT_EQ(2, self->result->remark[OVPP_REMARK_DEVICES].first);
	EXPECT_EQ(0, self->result->remark[OVPP_REMARK_CLOCK].batches);
	EXPECT_EQ(0, self->result->remark[OVPP_REMARK_STEP].batches);
}

/* What is anchored: of each batch, and of that of a record alone. */
static void keep_root(void *arg, const struct ovpp_header *h, const ovpp_hash root)
{
	(void)h;
	memcpy(arg, root, sizeof(ovpp_hash));
}

TEST_F(verify, roots_and_keys_are_told)
{
	ovpp_hash root = {0};

	self->options.root = keep_root;
	self->options.arg = root;
	made_small(self->m);
	ASSERT_EQ(0, verify(self));
	EXPECT_EQ(0, memcmp(root, self->m->root, sizeof(root)));
	EXPECT_EQ(0, memcmp(ovpp_verify_key(self->v, 0), self->m->key[0].public, OVPP_KEY_SIZE));
	EXPECT_EQ(0, memcmp(ovpp_verify_key(self->v, 1), self->m->key[1].public, OVPP_KEY_SIZE));
	EXPECT_EQ(NULL, ovpp_verify_key(self->v, 2));
}

TEST_F(verify, root_of_a_record_alone_is_told)
{
	ovpp_hash root = {0};

	self->options.root = keep_root;
	self->options.arg = root;
	made_record_alone(self->m, 3);
	ASSERT_EQ(0, verify(self));
	EXPECT_EQ(0, memcmp(root, self->m->root, sizeof(root)));
	EXPECT_NE(NULL, ovpp_verify_key(self->v, 0));
	EXPECT_EQ(NULL, ovpp_verify_key(self->v, 1));
}

TEST_F(verify, pieces_of_any_size_say_the_same)
{
	made_small(self->m);
	for (size_t piece = 1; piece < 200; piece += 7)
		EXPECT_EQ(0, verify_pieces(self, piece));
}

/* A length that was changed is found where reading on fails. */
static bool is_misread(const struct ovpp_fault *f)
{
	return strstr(f->text, "as it must be") || strstr(f->text, "not what an item") ||
	       strstr(f->text, "in the middle") || strstr(f->text, "not the key of");
}

/* The promise: no byte of a bundle can be changed. */
TEST_F(verify, any_byte_changed_is_found_not_behind_it)
{
	made_small(self->m);
	for (size_t at = 0; at < self->m->out.size; at++) {
		self->m->out.data[at] ^= 1 << at % 8;
		EXPECT_EQ(-EBADMSG, verify(self));
		EXPECT_TRUE(self->fault->offset <= at || is_misread(self->fault));
		self->m->out.data[at] ^= 1 << at % 8;
	}
	EXPECT_EQ(0, verify(self));
}

TEST_F(verify, bundle_cut_anywhere_is_refused)
{
	size_t size;

	made_small(self->m);
	size = self->m->out.size;
	for (self->m->out.size = 0; self->m->out.size < size; self->m->out.size++) {
		EXPECT_EQ(-EBADMSG, verify(self));
		EXPECT_LE(self->fault->offset, self->m->out.size);
	}
}

TEST_F(verify, item_too_many_is_refused)
{
	made_small(self->m);
	made_table(self->m);
	EXPECT_EQ(-EBADMSG, verify(self));
}

TEST_F(verify, record_alone_is_proven)
{
	made_proof(self->m, 2);
	ASSERT_EQ(0, verify(self));
	EXPECT_EQ(1, self->result->records);
	for (size_t at = 0; at < self->m->out.size; at++) {
		self->m->out.data[at] ^= 1 << at % 8;
		EXPECT_EQ(-EBADMSG, verify(self));
		self->m->out.data[at] ^= 1 << at % 8;
	}
}

/* What a proof is at the least: whose it is, and the record on its signed header. */
TEST_F(verify, record_with_nothing_else_is_proven_and_remarked)
{
	made_record_alone(self->m, 2);
	ASSERT_EQ(0, verify(self));
	EXPECT_EQ(1, self->result->disclosed);
	EXPECT_FALSE(self->result->has_head);
	EXPECT_EQ(1, self->result->remark[OVPP_REMARK_ALONE].batches);
	for (size_t at = 0; at < self->m->out.size; at++) {
		self->m->out.data[at] ^= 1 << at % 8;
		EXPECT_EQ(-EBADMSG, verify(self));
		self->m->out.data[at] ^= 1 << at % 8;
	}
	while (--self->m->out.size)
		EXPECT_EQ(-EBADMSG, verify(self));
}

TEST_F(verify, batches_need_the_gateways_keys)
{
	MUST(!ovpp_bundle_begin(&self->m->out, self->m->key[0].public));
	made_table(self->m);
	batch(self, 3, NULL);
	made_head(self->m);
	EXPECT_EQ(-EBADMSG, verify(self));
}

TEST_F(verify, another_gateways_bundle_is_refused_at_its_name)
{
	made_small(self->m);
	memcpy(self->m->key[0].public, self->m->key[1].public, OVPP_KEY_SIZE);
	EXPECT_EQ(-EBADMSG, verify(self));
	EXPECT_EQ(5, self->fault->offset);
}

TEST_F(verify, changed_record_is_found_at_its_entry)
{
	size_t at;

	begin(self);
	batch(self, 8, NULL);
	made_head(self->m);
	at = find(self, self->m->entry[5], OVPP_ENTRY_SIZE);
	self->m->out.data[at + OVPP_SALT_SIZE + 47] ^= 1;
	EXPECT_EQ(-EBADMSG, verify(self));
	EXPECT_EQ(at, self->fault->offset);
	EXPECT_TRUE(self->fault->has_record && self->fault->has_batch);
	EXPECT_EQ(5, self->fault->record);
	EXPECT_EQ(0, memcmp(self->fault->expected, self->m->hash[5], OVPP_FAULT_BYTES));
}

TEST_F(verify, changed_hash_is_found_at_its_byte)
{
	size_t at;

	begin(self);
	batch(self, 8, NULL);
	made_head(self->m);
	at = find(self, self->m->hash[5], OVPP_HASH_SIZE) + 9;
	self->m->out.data[at] ^= 1;
	EXPECT_EQ(-EBADMSG, verify(self));
	EXPECT_EQ(at, self->fault->offset);
	EXPECT_EQ(self->m->hash[5][9], self->fault->expected[0]);
}

TEST_F(verify, record_changed_with_its_hash_is_found_at_the_root)
{
	uint8_t *entry;
	size_t at;

	begin(self);
	batch(self, 8, NULL);
	made_head(self->m);
	at = find(self, self->m->hash[5], OVPP_HASH_SIZE);
	entry = self->m->out.data + find(self, self->m->entry[5], OVPP_ENTRY_SIZE);
	entry[OVPP_SALT_SIZE + 47] ^= 1;
	ovpp_entry_hash(entry, self->m->out.data + at);
	EXPECT_EQ(-EBADMSG, verify(self));
	EXPECT_EQ(find(self, self->m->header.root, OVPP_HASH_SIZE), self->fault->offset);
}

TEST_F(verify, fields_of_the_header_that_follow_from_the_rest_are_found)
{
	static const enum ovpp_header_field field[] = {OVPP_HEADER_GATEWAY, OVPP_HEADER_PREV,
						       OVPP_HEADER_ROOT};

	begin(self);
	batch(self, 8, NULL);
	batch(self, 8, NULL);
	made_head(self->m);
	for (size_t i = 0; i < sizeof(field) / sizeof(field[0]); i++) {
		size_t at =
			find(self, self->m->cose.data, self->m->cose.size) + FIELD_AT(field[i]) + 2;

		self->m->out.data[at] ^= 1;
		EXPECT_EQ(-EBADMSG, verify(self));
		EXPECT_EQ(at, self->fault->offset);
		self->m->out.data[at] ^= 1;
	}
}

static uint64_t spoiled;

static void spoil_seq(struct ovpp_header *h)
{
	h->seq += spoiled;
}

TEST_F(verify, batch_left_out_is_found)
{
	begin(self);
	batch(self, 4, NULL);
	made_records(self->m, self->rec, 4, 2);
	made_sign_batch(self->m, self->rec, 4);
	made_append(self->m);
	batch(self, 4, NULL);
	WRONG_HEADER(OVPP_HEADER_SEQ);
}

TEST_F(verify, batch_that_hides_another_is_found)
{
	spoiled = 1;
	begin(self);
	batch(self, 4, NULL);
	self->m->spoil = spoil_seq;
	batch(self, 4, NULL);
	WRONG_HEADER(OVPP_HEADER_SEQ);
}

static void spoil_prev(struct ovpp_header *h)
{
	h->prev[7] ^= 1;
}

TEST_F(verify, batch_of_another_history_is_found)
{
	begin(self);
	batch(self, 4, NULL);
	self->m->spoil = spoil_prev;
	batch(self, 4, NULL);
	WRONG_AT(self->m->cose.data, self->m->cose.size, FIELD_AT(OVPP_HEADER_PREV) + 2 + 7);
}

static void skip_record(struct ovpp_header *h)
{
	h->first++;
	h->records--;
}

TEST_F(verify, records_lost_between_batches_without_a_gap_are_found)
{
	begin(self);
	batch(self, 4, NULL);
	self->m->spoil = skip_record;
	batch(self, 4, NULL);
	WRONG_HEADER(OVPP_HEADER_FIRST);
}

static void two_of_one(struct ovpp_record *rec)
{
	rec[2].seq = rec[1].seq;
}

static void spoil_gap(struct ovpp_header *h)
{
	static const struct ovpp_gap gap = {3, 3};

	h->last++;
	h->gaps = &gap;
	h->n_gaps = 1;
}

TEST_F(verify, gap_where_a_record_is_is_found)
{
	self->m->spoil = spoil_gap;
	begin(self);
	batch(self, 8, NULL);
	WRONG_HEADER(OVPP_HEADER_GAPS);
}

static void no_gaps(struct ovpp_header *h)
{
	h->n_gaps = 0;
}

TEST_F(verify, record_that_stands_twice_is_found)
{
	self->m->spoil = no_gaps;
	begin(self);
	batch(self, 4, two_of_one);
	WRONG_HEADER(OVPP_HEADER_GAPS);
}

static void life_from_1(struct ovpp_header *h)
{
	h->life = 2;
}

TEST_F(verify, life_must_begin_with_record_0)
{
	begin(self);
	batch(self, 4, NULL);
	self->m->spoil = life_from_1;
	batch(self, 4, NULL);
	WRONG_HEADER(OVPP_HEADER_FIRST);
}

static void mono_back(struct ovpp_record *rec)
{
	rec[2].mono_ns = rec[0].mono_ns - 1;
	rec[3].real_ns = rec[0].real_ns - 1;
}

/* The kernel numbers records when it writes them, and stamps them before. */
TEST_F(verify, records_stamped_in_another_order_are_proven)
{
	begin(self);
	batch(self, 4, mono_back);
	batch(self, 4, mono_back);
	made_head(self->m);
	ASSERT_EQ(0, verify(self));
	EXPECT_TRUE(self->result->proven);
}

static void spoil_mono(struct ovpp_header *h)
{
	h->mono_ns[0]++;
}

static void spoil_real(struct ovpp_header *h)
{
	h->real_ns[1]++;
}

TEST_F(verify, header_with_other_times_than_its_records_is_found)
{
	self->m->spoil = spoil_real;
	begin(self);
	batch(self, 4, NULL);
	WRONG_HEADER(OVPP_HEADER_REAL);
}

TEST_F(verify, header_with_a_later_start_than_its_records_is_found)
{
	self->m->spoil = spoil_mono;
	begin(self);
	batch(self, 4, NULL);
	WRONG_HEADER(OVPP_HEADER_MONO);
}

static void import_back(struct ovpp_record *rec)
{
	rec[2].sample.e_import_mwh = rec[0].sample.e_import_mwh - 1;
}

TEST_F(verify, register_that_goes_back_is_found)
{
	begin(self);
	batch(self, 4, import_back);
	WRONG_AT(self->m->entry[2], OVPP_ENTRY_SIZE, OVPP_SALT_SIZE + 56);
}

static void export_unknown_zero(struct ovpp_record *rec)
{
	rec[2].sample.e_export_mwh = 0;
	rec[2].sample.quality &= ~(3u << 2 * OVPP_SAMPLE_E_EXPORT);
}

TEST_F(verify, register_that_is_not_known_is_not_compared)
{
	begin(self);
	batch(self, 4, export_unknown_zero);
	batch(self, 4, NULL);
	made_head(self->m);
	EXPECT_EQ(0, verify(self));
}

static void new_life(fixture *self)
{
	/* Its records begin with 0 again; the registers go on. */
	self->m->header.life++;
	self->m->header.last = UINT64_MAX;
}

TEST_F(verify, register_goes_on_across_lives)
{
	begin(self);
	batch(self, 4, NULL);
	new_life(self);
	batch(self, 4, NULL);
	made_head(self->m);
	ASSERT_EQ(0, verify(self));
	EXPECT_EQ(2, self->result->lives);
	EXPECT_EQ(1, self->result->remark[OVPP_REMARK_LIFE].first);
}

TEST_F(verify, register_that_goes_back_across_lives_is_found)
{
	begin(self);
	batch(self, 4, NULL);
	new_life(self);
	self->m->raw = 0;
	batch(self, 4, NULL);
	WRONG_AT(self->m->entry[0], OVPP_ENTRY_SIZE, OVPP_SALT_SIZE + 56);
}

static void stranger(struct ovpp_record *rec)
{
	rec[2].der = 77;
}

static void strange_event(struct ovpp_record *rec)
{
	rec[2].der = 77;
	rec[2].type = OVPP_RECORD_EVENT;
}

TEST_F(verify, sample_of_no_device_is_found)
{
	begin(self);
	batch(self, 4, stranger);
	WRONG_AT(self->m->entry[2], OVPP_ENTRY_SIZE, OVPP_SALT_SIZE + 32);
}

TEST_F(verify, event_of_no_device_is_a_remark)
{
	begin(self);
	batch(self, 4, strange_event);
	made_head(self->m);
	EXPECT_EQ(0, verify(self));
	EXPECT_EQ(1, self->result->remark[OVPP_REMARK_STRANGER].batches);
}

TEST_F(verify, device_table_that_nothing_names_is_found)
{
	begin(self);
	batch(self, 4, NULL);
	made_devices(self->m, 1);
	made_table(self->m);
	made_devices(self->m, 2);
	batch(self, 4, NULL);
	made_head(self->m);
	EXPECT_EQ(-EBADMSG, verify(self));
	EXPECT_EQ(1, self->fault->batch);
}

TEST_F(verify, device_table_that_is_missing_is_found)
{
	made_begin(self->m);
	batch(self, 4, NULL);
	made_head(self->m);
	EXPECT_EQ(-EBADMSG, verify(self));
	EXPECT_EQ(find(self, self->m->header.devices, OVPP_HASH_SIZE), self->fault->offset);
}

TEST_F(verify, changed_device_table_is_found_at_the_table)
{
	size_t at;

	begin(self);
	batch(self, 4, NULL);
	made_head(self->m);
	at = find(self, self->m->table.data, self->m->table.size);
	self->m->out.data[find(self, "SN-0815", 7)] = 'X';
	EXPECT_EQ(-EBADMSG, verify(self));
	EXPECT_EQ(at, self->fault->offset);
}

/* Signs the table of the next batch with these keys of its devices. */
static void rebind(fixture *self, unsigned int epoch)
{
	uint32_t now = self->m->header.epoch;

	self->m->header.epoch = epoch;
	made_devices(self->m, 2);
	self->m->header.epoch = now;
	made_table(self->m);
}

TEST_F(verify, device_with_another_key_than_its_first_in_epoch_0_is_found)
{
	made_begin(self->m);
	rebind(self, 1);
	batch(self, 4, NULL);
	made_head(self->m);
	EXPECT_EQ(-EBADMSG, verify(self));
	EXPECT_EQ(find(self, self->m->header.devices, OVPP_HASH_SIZE), self->fault->offset);
}

/* Batch 1 is signed by epoch 1, and the statement revokes epoch 0 if asked to. */
static void rotated(fixture *self, bool revokes, uint64_t from)
{
	struct ovpp_buffer rest;

	made_table(self->m);
	batch(self, 4, NULL);
	made_statement(self->m, 1, revokes, from);
	rebind(self, 1);
	batch(self, 4, NULL);
	rest = self->m->out;
	self->m->out = (struct ovpp_buffer){0};
	made_begin(self->m);
	MUST(!ovpp_buffer_add(&self->m->out, rest.data, rest.size));
	ovpp_buffer_free(&rest);
}

TEST_F(verify, device_that_takes_its_old_key_again_in_an_epoch_is_found)
{
	rotated(self, false, 0);
	rebind(self, 0);
	batch(self, 4, NULL);
	WRONG_AT(self->m->cose.data, self->m->cose.size, FIELD_AT(OVPP_HEADER_DEVICES) + 2);
}

TEST_F(verify, key_revoked_from_the_next_batch_on_spoils_nothing)
{
	rotated(self, true, 1);
	made_head(self->m);
	EXPECT_EQ(0, verify(self));
}

TEST_F(verify, batch_of_a_revoked_key_is_refused_unless_told_otherwise)
{
	rotated(self, true, 0);
	made_head(self->m);
	EXPECT_EQ(-EBADMSG, verify(self));
	EXPECT_EQ(0, self->fault->batch);
	self->options.allow_revoked = true;
	EXPECT_EQ(0, verify(self));
	EXPECT_EQ(1, self->result->remark[OVPP_REMARK_REVOKED].batches);
}

static void old_epoch(struct ovpp_header *h)
{
	h->epoch = 0;
}

TEST_F(verify, key_that_is_not_in_force_any_more_is_refused)
{
	rotated(self, false, 0);
	self->m->spoil = old_epoch;
	batch(self, 4, NULL);
	self->m->header.epoch = 1;
	WRONG_HEADER(OVPP_HEADER_EPOCH);
}

TEST_F(verify, head_of_a_longer_log_is_refused)
{
	begin(self);
	batch(self, 4, NULL);
	made_records(self->m, self->rec, 4, 2);
	made_sign_batch(self->m, self->rec, 4);
	made_append(self->m);
	made_head(self->m);
	EXPECT_EQ(-EBADMSG, verify(self));
}

TEST_F(verify, head_of_another_log_is_refused_at_its_root)
{
	struct ovpp_tree_head head;

	begin(self);
	batch(self, 4, NULL);
	head = made_tree_head(self->m);
	head.root[3] ^= 1;
	MUST(!ovpp_tree_head_sign(&head, made_sign, &self->m->key[0]));
	MUST(!ovpp_bundle_head(&self->m->out, &head));
	EXPECT_EQ(-EBADMSG, verify(self));
	EXPECT_EQ(find(self, head.root, OVPP_HASH_SIZE) + 3, self->fault->offset);
}

static void clock_unknown(struct ovpp_header *h)
{
	h->clock.synchronized = false;
}

static void clock_set(struct ovpp_record *rec)
{
	for (unsigned int i = 2; i < 4; i++)
		rec[i].real_ns -= 3600000000000;
}

TEST_F(verify, clock_that_is_set_or_not_synchronized_is_a_remark)
{
	begin(self);
	batch(self, 4, NULL);
	self->m->spoil = clock_unknown;
	batch(self, 4, clock_set);
	made_head(self->m);
	ASSERT_EQ(0, verify(self));
	EXPECT_EQ(1, self->result->remark[OVPP_REMARK_CLOCK].first);
	EXPECT_EQ(1, self->result->remark[OVPP_REMARK_CLOCK].batches);
	EXPECT_EQ(1, self->result->remark[OVPP_REMARK_STEP].first);
}

/* From batch 2 on, in a bundle of its own. */
static void later(fixture *self, bool prefix)
{
	self->m->out.size = 0;
	made_begin(self->m);
	if (prefix)
		MUST(!ovpp_bundle_prefix(&self->m->out, &self->m->log));
	made_table(self->m);
	batch(self, 4, NULL);
	made_head(self->m);
}

TEST_F(verify, bundle_that_begins_later_needs_the_log_before_it)
{
	begin(self);
	batch(self, 4, NULL);
	batch(self, 4, NULL);
	later(self, false);
	EXPECT_EQ(-EBADMSG, verify(self));
	later(self, true);
	ASSERT_EQ(0, verify(self));
	EXPECT_EQ(3, self->result->first_batch);
}

TEST_F(verify, bundles_that_continue_each_other)
{
	begin(self);
	batch(self, 4, NULL);
	made_head(self->m);
	ASSERT_EQ(0, verify(self));
	later(self, true);
	ASSERT_EQ(0, ovpp_verify_feed(self->v, self->m->out.data, self->m->out.size));
	ASSERT_EQ(0, ovpp_verify_end(self->v));
	EXPECT_EQ(2, self->result->batches);
	/* The same one again continues nothing. */
	EXPECT_EQ(-EBADMSG, ovpp_verify_feed(self->v, self->m->out.data, self->m->out.size));
	EXPECT_EQ(2, self->fault->part);
	EXPECT_FALSE(self->result->proven);
}

TEST_F(verify, key_revoked_in_a_later_bundle_spoils_what_was_taken)
{
	begin(self);
	batch(self, 4, NULL);
	made_head(self->m);
	ASSERT_EQ(0, verify(self));
	made_statement(self->m, 1, true, 0);
	later(self, true);
	EXPECT_EQ(-EBADMSG, ovpp_verify_feed(self->v, self->m->out.data, self->m->out.size));
	EXPECT_EQ(1, self->fault->part);
	EXPECT_NE(NULL, strstr(self->fault->text, "revoked"));
}

TEST_F(verify, device_whose_binding_is_not_its_keys_is_found)
{
	made_begin(self->m);
	self->m->device[1].binding[5] ^= 1;
	self->m->table.size = 0;
	MUST(!ovpp_devices_encode(self->m->device, 2, &self->m->table));
	ovpp_sha256(self->m->table.data, self->m->table.size, self->m->header.devices);
	made_table(self->m);
	batch(self, 4, NULL);
	made_head(self->m);
	EXPECT_EQ(-EBADMSG, verify(self));
	EXPECT_NE(NULL, strstr(self->fault->text, "der1"));
}

TEST_F(verify, rest_of_a_bundle_that_is_missing_shows)
{
	begin(self);
	batch(self, 4, NULL);
	made_head(self->m);
	ASSERT_EQ(0, verify(self));
	EXPECT_EQ(-EBADMSG, ovpp_verify_end(self->v));
	EXPECT_FALSE(self->result->proven);
}

/* A later head, with the proof that it continues the first. */
static void heads(fixture *self, bool honest)
{
	ovpp_hash leaf[3], path[2];

	made_begin(self->m);
	for (unsigned int i = 0; i < 3; i++) {
		made_records(self->m, self->rec, 4, 2);
		made_sign_batch(self->m, self->rec, 4);
		made_append(self->m);
		ovpp_merkle_leaf(self->m->root, OVPP_HASH_SIZE, leaf[i]);
		if (i == 1)
			made_head(self->m);
	}
	memcpy(path[0], leaf[honest ? 2 : 1], OVPP_HASH_SIZE);
	MUST(!ovpp_bundle_consistency(&self->m->out, path, 1));
	made_head(self->m);
}

TEST_F(verify, head_that_continues_another_is_proven)
{
	heads(self, true);
	EXPECT_EQ(0, verify(self));
	EXPECT_EQ(3, self->result->head.size);
}

TEST_F(verify, head_that_does_not_continue_another_is_refused)
{
	heads(self, false);
	EXPECT_EQ(-EBADMSG, verify(self));
}

static void see(void *seen, const struct ovpp_record *rec, const struct ovpp_device *d)
{
	*(uint64_t *)seen += rec->seq + (d ? 100 : 0);
}

TEST_F(verify, disclosed_records_are_given_to_who_asks)
{
	uint64_t seen = 0;

	self->options = (struct ovpp_verify_options){.record = see, .arg = &seen};
	begin(self);
	batch(self, 4, strange_event);
	made_head(self->m);
	ASSERT_EQ(0, verify(self));
	EXPECT_EQ(306, seen);
}

TEST_F(verify, result_as_json)
{
	json_t *obj, *devices;

	made_small(self->m);
	ASSERT_EQ(0, verify(self));
	obj = ovpp_verify_json(self->v);
	ASSERT_NE(NULL, obj);
	EXPECT_TRUE(json_is_true(json_object_get(obj, "proven")));
	EXPECT_TRUE(json_is_null(json_object_get(obj, "fault")));
	EXPECT_EQ(17, json_integer_value(json_object_get(obj, "records")));
	EXPECT_STREQ("home", json_string_value(json_array_get(json_object_get(obj, "sites"), 0)));
	EXPECT_EQ(4, json_array_size(json_object_get(obj, "remarks")));
	devices = json_object_get(obj, "devices");
	EXPECT_EQ(2, json_array_size(devices));
	json_decref(obj);
	self->m->out.data[1] ^= 1;
	EXPECT_EQ(-EBADMSG, verify(self));
	obj = ovpp_verify_json(self->v);
	EXPECT_TRUE(json_is_object(json_object_get(obj, "fault")));
	json_decref(obj);
}

TEST_HARNESS_MAIN
