/* The catalogue: every id once, every entry with its words, every reference to an id that exists. */
#include "unit/test.h"

#include "mailflow/diagnose.h"

static void every_id_is_there_once_and_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < mf_catalogue_count(); i++) {
        const struct mf_finding_kind *kind = mf_catalogue_at(i);
        assert_ptr_equal(mf_catalogue_find(kind->id), kind);
        assert_non_null(strchr(kind->id, '.'));
        assert_int_equal(strspn(kind->id, "abcdefghijklmnopqrstuvwxyz0123456789.-"), strlen(kind->id));
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(mf_catalogue_at(k)->id, kind->id);
    }
    assert_null(mf_catalogue_at(mf_catalogue_count()));
    assert_null(mf_catalogue_find("no.such-thing"));
    assert_null(mf_catalogue_find(NULL));
}

static bool is_scope(const char *scope)
{
    static const char *const scopes[] = {"domain", "server", "identity", "mailbox", "message", "host"};
    for (size_t i = 0; i < 6; i++)
        if (strcmp(scopes[i], scope) == 0)
            return true;
    return false;
}

static void every_entry_has_its_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < mf_catalogue_count(); i++) {
        const struct mf_finding_kind *kind = mf_catalogue_at(i);
        if (!kind->title || !kind->meaning || !kind->fix || !kind->scope || !is_scope(kind->scope))
            fail_msg("%s is not whole", kind->id);
        if (strlen(kind->meaning) < 40 || kind->meaning[strlen(kind->meaning) - 1] != '.' ||
            kind->fix[strlen(kind->fix) - 1] != '.')
            fail_msg("%s: meaning and fix are sentences", kind->id);
        if (kind->title[strlen(kind->title) - 1] == '.')
            fail_msg("%s: a title has no full stop", kind->id);
        assert_true(kind->outcome == MF_FAIL || kind->outcome == MF_ERROR || kind->outcome == MF_PASS);
    }
}

static void what_is_explained_exists_and_explains_nothing_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < mf_catalogue_count(); i++) {
        const struct mf_finding_kind *cause = mf_catalogue_at(i);
        for (const char *const *id = cause->explains; id && *id; id++) {
            const struct mf_finding_kind *symptom = mf_catalogue_find(*id);
            if (!symptom)
                fail_msg("%s explains %s, which does not exist", cause->id, *id);
            for (const char *const *back = symptom->explains; symptom != cause && back && *back; back++)
                if (strcmp(*back, cause->id) == 0)
                    fail_msg("%s and %s explain each other", cause->id, *id);
        }
    }
}

static void a_cause_lies_before_what_it_explains(void **state)
{
    (void)state;
    for (size_t i = 0; i < mf_catalogue_count(); i++)
        for (const char *const *id = mf_catalogue_at(i)->explains; id && *id; id++)
            if (mf_catalogue_find(*id)->segment < mf_catalogue_at(i)->segment)
                fail_msg("%s comes after %s on the way", mf_catalogue_at(i)->id, *id);
}

static void outcomes_have_names(void **state)
{
    (void)state;
    assert_string_equal(mf_outcome_name(MF_PASS), "pass");
    assert_string_equal(mf_outcome_name(MF_FAIL), "fail");
    assert_string_equal(mf_outcome_name(MF_ERROR), "error");
    assert_string_equal(mf_outcome_name(MF_PENDING), "pending");
    assert_string_equal(mf_outcome_name(MF_SKIPPED), "skipped");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_id_is_there_once_and_found),
        cmocka_unit_test(every_entry_has_its_words),
        cmocka_unit_test(what_is_explained_exists_and_explains_nothing_back),
        cmocka_unit_test(a_cause_lies_before_what_it_explains),
        cmocka_unit_test(outcomes_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
