// SPDX-License-Identifier: GPL-2.0-or-later
/* libovpp: evidence as bytes, and that only the one encoding is taken. */
#include "kselftest_harness.h"

#include <errno.h>
#include <stdio.h>

#include "evidence_vectors.h"

FIXTURE(evidence)
{
	struct made *m;
	struct ovpp_record rec[8];
	struct ovpp_gap gaps[OVPP_BATCH_GAPS];
	struct ovpp_header h;
	size_t at;
};

FIXTURE_SETUP(evidence)
{
	self->m = made_new(2);
	made_records(self->m, self->rec, 8, 2);
	self->rec[7].seq += 2;
	made_sign_batch(self->m, self->rec, 8);
	self->at = SIZE_MAX;
}

FIXTURE_TEARDOWN(evidence)
{
	made_free(self->m);
}

struct comparison {
	FILE *file;
	unsigned int n;
	unsigned int differ;
};

static void compare(void *arg, const char *name, const void *data, size_t size)
{
	struct comparison *c = arg;
	char *text = malloc(2 * size + 1), *line = NULL;
	size_t room = 0, length = strlen(name);

	MUST(text);
	ovpp_hex(data, size, text);
	if (getline(&line, &room, c->file) < 0 || strncmp(line, name, length) ||
	    line[length] != ' ' || strncmp(line + length + 1, text, 2 * size) ||
	    line[length + 1 + 2 * size] != '\n') {
		printf("# differs: %s\n", name);
		c->differ++;
	}
	c->n++;
	free(line);
	free(text);
}

TEST(evidence_vectors_are_what_is_made)
{
	struct comparison c = {.file = fopen("tests/vectors/evidence.txt", "re")};

	ASSERT_NE(NULL, c.file);
	made_vectors(compare, &c);
	EXPECT_EQ(0, c.differ);
	EXPECT_EQ(21, c.n);
	EXPECT_EQ(EOF, fgetc(c.file));
	fclose(c.file);
}

TEST_F(evidence, header_comes_back_as_it_was_signed)
{
	const struct ovpp_header *was = &self->m->header;

	ASSERT_EQ(0, ovpp_header_open(self->m->cose.data, self->m->cose.size,
				      self->m->key[0].public, &self->h, self->gaps, &self->at));
	EXPECT_EQ(0, memcmp(was, &self->h, offsetof(struct ovpp_header, n_gaps)));
	ASSERT_EQ(1, self->h.n_gaps);
	EXPECT_EQ(7, self->h.gaps[0].first);
	EXPECT_EQ(8, self->h.gaps[0].last);
}

TEST_F(evidence, header_of_another_key_is_refused)
{
	EXPECT_EQ(-EKEYREJECTED,
		  ovpp_header_open(self->m->cose.data, self->m->cose.size, self->m->key[1].public,
				   &self->h, self->gaps, &self->at));
}

TEST_F(evidence, header_with_any_bit_changed_is_refused)
{
	struct ovpp_buffer *cose = &self->m->cose;

	for (size_t bit = 0; bit < 8 * cose->size; bit++) {
		int ret;

		cose->data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ret = ovpp_header_open(cose->data, cose->size, self->m->key[0].public, &self->h,
				       self->gaps, &self->at);
		cose->data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		EXPECT_TRUE(ret == -EBADMSG || ret == -EKEYREJECTED);
	}
}

TEST_F(evidence, header_that_is_cut_or_followed_is_refused_there)
{
	struct ovpp_buffer *cose = &self->m->cose;

	for (size_t size = 0; size < cose->size; size++) {
		EXPECT_EQ(-EBADMSG, ovpp_header_open(cose->data, size, NULL, &self->h, self->gaps,
						     &self->at));
		EXPECT_EQ(size, self->at);
	}
	ASSERT_EQ(0, ovpp_buffer_add(cose, "", 1));
	EXPECT_EQ(-EBADMSG,
		  ovpp_header_open(cose->data, cose->size, NULL, &self->h, self->gaps, &self->at));
	EXPECT_EQ(cose->size - 1, self->at);
}

/* The eighth byte is the length of the map. */
TEST_F(evidence, header_with_a_longer_integer_is_refused_at_it)
{
	struct ovpp_buffer *cose = &self->m->cose, longer = {0};
	size_t at = ovpp_header_at(cose->data, cose->size, OVPP_HEADER_EPOCH);

	ASSERT_EQ(0, cose->data[at]);
	ovpp_buffer_add(&longer, cose->data, at);
	ovpp_buffer_add(&longer, "\x18\x00", 2);
	ovpp_buffer_add(&longer, cose->data + at + 1, cose->size - at - 1);
	longer.data[8]++;
	EXPECT_EQ(-EBADMSG, ovpp_header_open(longer.data, longer.size, NULL, &self->h, self->gaps,
					     &self->at));
	EXPECT_EQ(at, self->at);
	ovpp_buffer_free(&longer);
}

#define REFUSED(change)                                                                          \
	do {                                                                                     \
		struct ovpp_header wrong = self->m->header;                                      \
		struct ovpp_buffer out = {0};                                                    \
                                                                                                 \
		change;                                                                          \
		EXPECT_EQ(-EINVAL, ovpp_header_sign(&wrong, made_sign, &self->m->key[0], &out)); \
		EXPECT_EQ(0, out.size);                                                          \
		ovpp_buffer_free(&out);                                                          \
	} while (0)

TEST_F(evidence, header_that_could_not_be_opened_is_not_signed)
{
	static const struct ovpp_gap reversed[] = {{8, 7}}, touching[] = {{7, 7}, {8, 8}},
				     beyond[] = {{8, 9}}, before[] = {{6, 7}, {5, 5}};

	REFUSED(wrong.records = 0);
	REFUSED(wrong.records = OVPP_BATCH_RECORDS + 1);
	REFUSED(wrong.records++);
	REFUSED(wrong.last = wrong.first - 1);
	REFUSED(wrong.seq = OVPP_LOG_MAX);
	REFUSED(wrong.seq = 1);
	REFUSED(wrong.prev[0] = 1);
	REFUSED(wrong.site[0] = '\0');
	REFUSED(strcpy(wrong.site, "a\nb"));
	REFUSED(strcpy(wrong.site, "\x7f"));
	REFUSED(strcpy(wrong.software, "\xc2\x9b"));
	REFUSED(strcpy(wrong.software, "\xc0\xaf"));
	REFUSED(strcpy(wrong.software, "\xed\xa0\x80"));
	REFUSED(strcpy(wrong.software, "\xf4\x90\x80\x80"));
	REFUSED(strcpy(wrong.software, "caf\xc3"));
	REFUSED(wrong.mono_ns[1] = wrong.mono_ns[0] - 1);
	REFUSED(wrong.real_ns[0] = UINT64_MAX);
	REFUSED(wrong.gaps = reversed);
	REFUSED(wrong.gaps = beyond);
	REFUSED(wrong.gaps = touching; wrong.n_gaps = 2);
	REFUSED(wrong.gaps = before; wrong.n_gaps = 2);
}

TEST_F(evidence, header_takes_texts_of_all_planes)
{
	struct ovpp_buffer out = {0};

	strcpy(self->m->header.software, "h\xc3\xa4user \xe2\x82\xac \xf0\x9f\x8f\xa0");
	EXPECT_EQ(0, ovpp_header_sign(&self->m->header, made_sign, &self->m->key[0], &out));
	ovpp_buffer_free(&out);
}

TEST_F(evidence, header_with_the_most_gaps_comes_back)
{
	struct ovpp_record *rec = calloc(OVPP_BATCH_RECORDS, sizeof(*rec));

	ASSERT_NE(NULL, rec);
	for (size_t i = 0; i < OVPP_BATCH_RECORDS; i++)
		rec[i].seq = 1000000000000 + 2 * i;
	made_sign_batch(self->m, rec, OVPP_BATCH_RECORDS);
	free(rec);
	EXPECT_LE(self->m->cose.size, OVPP_HEADER_MAX);
	ASSERT_EQ(0, ovpp_header_open(self->m->cose.data, self->m->cose.size,
				      self->m->key[0].public, &self->h, self->gaps, &self->at));
	EXPECT_EQ(OVPP_BATCH_GAPS, self->h.n_gaps);
}

static const char *follows(const struct ovpp_header *h, const struct ovpp_header *prev,
			   unsigned int *at)
{
	enum ovpp_header_field field = 0;
	ovpp_hash hash = {7};
	const char *text = ovpp_header_follows(h, prev, hash, &field);

	*at = field;
	return text;
}

#define BREAKS(wrong, change)                                  \
	do {                                                   \
		struct ovpp_header h = next;                   \
                                                               \
		change;                                        \
		EXPECT_NE(NULL, follows(&h, &before, &field)); \
		EXPECT_EQ(wrong, field);                       \
	} while (0)

TEST_F(evidence, header_follows_the_one_before_or_says_why_not)
{
	struct ovpp_header before = self->m->header, next = before;
	unsigned int field;

	next.seq++;
	next.first = before.last + 1;
	next.last = next.first + 7;
	memcpy(next.prev, (ovpp_hash){7}, sizeof(next.prev));
	EXPECT_EQ(NULL, follows(&next, &before, &field));
	EXPECT_EQ(NULL, follows(&next, NULL, &field));
	BREAKS(OVPP_HEADER_GATEWAY, h.gateway[3]++);
	BREAKS(OVPP_HEADER_EPOCH, before.epoch = 1);
	before.epoch = 0;
	BREAKS(OVPP_HEADER_SEQ, h.seq++);
	BREAKS(OVPP_HEADER_PREV, h.prev[31]++);
	BREAKS(OVPP_HEADER_SITE, h.site[0]++);
	BREAKS(OVPP_HEADER_FIRST, h.first++);
	/* Another life goes its own way. */
	next.life++;
	next.first = 0;
	EXPECT_EQ(NULL, follows(&next, &before, &field));
}

TEST_F(evidence, device_table_comes_back_and_any_bit_changed_shows)
{
	const struct ovpp_buffer *t = &self->m->table;
	struct ovpp_device *d;
	size_t n;

	ASSERT_EQ(0, ovpp_devices_decode(t->data, t->size, &d, &n, &self->at));
	ASSERT_EQ(2, n);
	EXPECT_EQ(0, memcmp(d, self->m->device, n * sizeof(*d)));
	EXPECT_EQ(0, ovpp_device_check(&d[1], self->m->key[0].public));
	EXPECT_EQ(-EKEYREJECTED, ovpp_device_check(&d[1], self->m->key[1].public));
	d[1].id[0] ^= 1;
	EXPECT_EQ(-EKEYREJECTED, ovpp_device_check(&d[1], self->m->key[0].public));
	free(d);
	for (size_t size = 0; size < t->size; size++) {
		EXPECT_EQ(-EBADMSG, ovpp_devices_decode(t->data, size, &d, &n, &self->at));
		EXPECT_LE(self->at, size);
	}
}

TEST_F(evidence, device_table_must_ascend_and_begin_at_one)
{
	struct ovpp_device d[2] = {self->m->device[1], self->m->device[0]};
	struct ovpp_buffer out = {0};

	EXPECT_EQ(-EINVAL, ovpp_devices_encode(d, 2, &out));
	d[1].der = d[0].der;
	EXPECT_EQ(-EINVAL, ovpp_devices_encode(d, 2, &out));
	d[0].der = 0;
	EXPECT_EQ(-EINVAL, ovpp_devices_encode(d, 1, &out));
	EXPECT_EQ(0, out.size);
	EXPECT_EQ(0, ovpp_devices_encode(NULL, 0, &out));
	EXPECT_EQ(1, out.size);
	ovpp_buffer_free(&out);
}

TEST_F(evidence, table_that_promises_many_devices_takes_no_memory)
{
	struct ovpp_device *d;
	size_t n;

	EXPECT_EQ(-EBADMSG,
		  ovpp_devices_decode((const uint8_t *)"\x99\x0f\xff", 3, &d, &n, &self->at));
	EXPECT_EQ(-EBADMSG, ovpp_devices_decode((const uint8_t *)"\x9b\xff\xff\xff\xff\xff\xff\xff"
								 "\xff",
						9, &d, &n, &self->at));
	EXPECT_EQ(0, self->at);
}

TEST_F(evidence, keys_succeed_each_other)
{
	struct ovpp_key_statement first, second;
	struct ovpp_buffer *s = self->m->statement;

	made_append(self->m);
	made_statement(self->m, 1, true, 0);
	ASSERT_EQ(0, ovpp_key_statement_open(s[0].data, s[0].size, NULL, &first, &self->at));
	ASSERT_EQ(0, ovpp_key_statement_open(s[1].data, s[1].size, &first, &second, &self->at));
	EXPECT_EQ(1, second.epoch);
	EXPECT_EQ(1, second.from);
	EXPECT_TRUE(second.revokes);
	EXPECT_EQ(0, second.revoked_from);
	EXPECT_STREQ("yearly", second.reason);
	/* Neither without the one before nor after another one. */
	EXPECT_EQ(-EBADMSG,
		  ovpp_key_statement_open(s[1].data, s[1].size, NULL, &second, &self->at));
	EXPECT_EQ(-EBADMSG,
		  ovpp_key_statement_open(s[0].data, s[0].size, &first, &second, &self->at));
	first.key[0] ^= 1;
	EXPECT_EQ(-EKEYREJECTED,
		  ovpp_key_statement_open(s[1].data, s[1].size, &first, &second, &self->at));
}

TEST_F(evidence, key_statement_with_any_bit_changed_is_refused)
{
	struct ovpp_key_statement first, second;
	struct ovpp_buffer *s = self->m->statement;

	made_statement(self->m, 1, false, 0);
	ASSERT_EQ(0, ovpp_key_statement_open(s[0].data, s[0].size, NULL, &first, &self->at));
	for (size_t bit = 0; bit < 8 * s[1].size; bit++) {
		s[1].data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		EXPECT_NE(0, ovpp_key_statement_open(s[1].data, s[1].size, &first, &second,
						     &self->at));
		s[1].data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

TEST_F(evidence, key_statement_that_could_not_be_opened_is_not_signed)
{
	struct ovpp_key_statement s = {.epoch = 1, .from = 5, .revokes = true, .revoked_from = 6};
	struct made_key *key = self->m->key;
	struct ovpp_buffer out = {0};

	EXPECT_EQ(-EINVAL,
		  ovpp_key_statement_sign(&s, made_sign, &key[0], made_sign, &key[1], &out));
	s.revoked_from = 5;
	EXPECT_EQ(-EINVAL, ovpp_key_statement_sign(&s, NULL, NULL, made_sign, &key[1], &out));
	EXPECT_EQ(0, ovpp_key_statement_sign(&s, made_sign, &key[0], made_sign, &key[1], &out));
	ovpp_buffer_free(&out);
}

static int sign_fails(void *arg, const void *data, size_t size, uint8_t *signature)
{
	(void)data;
	(void)size;
	(void)signature;
	return *(int *)arg;
}

TEST_F(evidence, error_of_the_signer_is_passed_on_and_leaves_nothing)
{
	struct ovpp_key_statement s = {0};
	struct ovpp_tree_head head = {0};
	struct ovpp_buffer out = {0};
	int error = -EIO;

	EXPECT_EQ(-EIO, ovpp_header_sign(&self->m->header, sign_fails, &error, &out));
	EXPECT_EQ(-EIO, ovpp_key_statement_sign(&s, NULL, NULL, sign_fails, &error, &out));
	EXPECT_EQ(-EIO, ovpp_tree_head_sign(&head, sign_fails, &error));
	EXPECT_EQ(-EIO, ovpp_device_bind(&self->m->device[0], self->m->key[0].public, sign_fails,
					 &error));
	EXPECT_EQ(0, out.size);
	ovpp_buffer_free(&out);
}

TEST_F(evidence, tree_head_is_signed_with_all_that_it_says)
{
	struct ovpp_tree_head head, other;

	made_append(self->m);
	head = made_tree_head(self->m);
	EXPECT_EQ(0, ovpp_tree_head_check(&head, self->m->key[0].public));
	EXPECT_EQ(-EKEYREJECTED, ovpp_tree_head_check(&head, self->m->key[1].public));
	other = head;
	other.size++;
	EXPECT_EQ(-EKEYREJECTED, ovpp_tree_head_check(&other, self->m->key[0].public));
	other = head;
	other.real_ms++;
	EXPECT_EQ(-EKEYREJECTED, ovpp_tree_head_check(&other, self->m->key[0].public));
	other = head;
	other.epoch++;
	EXPECT_EQ(-EKEYREJECTED, ovpp_tree_head_check(&other, self->m->key[0].public));
	other = head;
	other.gateway[0] ^= 1;
	EXPECT_EQ(-EKEYREJECTED, ovpp_tree_head_check(&other, self->m->key[0].public));
}

TEST(hexadecimal_both_ways)
{
	uint8_t data[3];
	char text[7];

	EXPECT_EQ(0, ovpp_unhex("00aFfe", data, 3));
	ovpp_hex(data, 3, text);
	EXPECT_STREQ("00affe", text);
	EXPECT_EQ(-EINVAL, ovpp_unhex("00aff", data, 3));
	EXPECT_EQ(-EINVAL, ovpp_unhex("00affe0", data, 3));
	EXPECT_EQ(-EINVAL, ovpp_unhex("00afg0", data, 3));
	EXPECT_EQ(-EINVAL, ovpp_unhex("", data, 3));
}

TEST_HARNESS_MAIN
