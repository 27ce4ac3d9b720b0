/* What the OAuth2 errors of Microsoft and Google mean, and what to do. */
#include <string.h>

#include "mailflow/text.h"
#include "transport/oauth2_internal.h"

/* Found in error_description, the most special first; then by the error alone. */
static const struct { const char *sign, *advice; } by_description[] = {
    {"AADSTS7000215", "The client secret is wrong. The secret's *value* is needed, not its ID (Entra: App registrations, Certificates & secrets); "
                      "it is shown only once, so make a new one if it was not kept."},
    {"AADSTS7000222", "The client secret has expired: make a new one (Entra: App registrations, Certificates & secrets)."},
    {"AADSTS7000218", "The registration wants a client secret: give `client-secret`, or allow public client flows for it."},
    {"AADSTS7000112", "The application is disabled in this tenant (Entra: Enterprise applications, Properties)."},
    {"AADSTS700016", "The client-id is not known in this tenant: is one of client-id and tenant wrong, or was the admin's consent never given?"},
    {"AADSTS700027", "The client's certificate or assertion is wrong or expired."},
    {"AADSTS700082", "The refresh token has expired, since it was not used for 90 days: sign in again and store a new one."},
    {"AADSTS70008", "The refresh token has expired: sign in again and store a new one."},
    {"AADSTS70011", "The scope is wrong. Client credentials want https://outlook.office365.com/.default; a refresh token wants the scopes it was made with."},
    {"AADSTS1002012", "The scope is wrong: client credentials want https://outlook.office365.com/.default."},
    {"AADSTS70000", "The refresh token or its scope is not valid for this client-id: sign in again and store a new one."},
    {"AADSTS90002", "There is no such tenant: check `tenant` (its domain or ID)."},
    {"AADSTS900023", "There is no such tenant: check `tenant` (its domain or ID)."},
    {"AADSTS50173", "The user's password was changed since: sign in again and store a new refresh token."},
    {"AADSTS50076", "The user must pass multi-factor authentication: sign in again, or use client credentials."},
    {"AADSTS50079", "The user must enrol in multi-factor authentication: sign in again, or use client credentials."},
    {"AADSTS53003", "Conditional Access forbids it: let an Entra administrator except this application or this host's address."},
    {"AADSTS65001", "Nobody gave consent to this application: let an administrator grant it (Entra: API permissions)."},
    {"AADSTS500011", "The scope names a resource that this tenant does not know: https://outlook.office365.com/ is Exchange Online's."},
    {"AADSTS50034", "The user does not exist in this tenant."},
    {"AADSTS50053", "The account is locked after too many wrong sign-ins, or the address is blocked."},
    {"AADSTS50057", "The user's account is disabled."},
    {"AADSTS50126", "User name or password is wrong."},
    {"Token has been expired or revoked", "The refresh token is no longer valid. While the OAuth consent screen is in state \"Testing\", Google ends it after 7 days: "
                                          "publish the application, sign in again and store a new one."},
    {"The OAuth client was not found", "There is no OAuth client with this client-id (Google Cloud: APIs & Services, Credentials)."},
    {"The OAuth client was deleted", "The OAuth client was deleted (Google Cloud: APIs & Services, Credentials)."},
};
static const struct { const char *sign, *advice; } by_error[] = {
    {"invalid_client", "The provider does not accept client-id and client-secret: are they of the same registration, and is the secret still valid?"},
    {"invalid_grant", "The refresh token is wrong, expired or revoked, or belongs to another client-id: sign in again and store a new one."},
    {"unauthorized_client", "This registration may not use this grant: with a refresh token, was it made for this client-id? Without one, are client credentials allowed?"},
    {"invalid_scope", "The scope is wrong or was not granted. Google's for IMAP and SMTP is https://mail.google.com/; Microsoft's with client credentials "
                      "https://outlook.office365.com/.default."},
    {"unsupported_grant_type", "The provider does not offer this grant: Google has no client credentials, give a refresh-token."},
    {"access_denied", "The user or an administrator denied access to this application."},
    {"temporarily_unavailable", "The provider is overloaded: try again later."},
};

const char *mf_oauth2_advice(const char *error, const char *description)
{
    for (size_t i = 0; i < sizeof by_description / sizeof by_description[0]; i++) {
        const char *at = strstr(description, by_description[i].sign);
        size_t len = strlen(by_description[i].sign);
        if (at && !(at[len] >= '0' && at[len] <= '9'))
            return by_description[i].advice;
    }
    for (size_t i = 0; i < sizeof by_error / sizeof by_error[0]; i++)
        if (mf_same(error, by_error[i].sign))
            return by_error[i].advice;
    return NULL;
}
