# Certificates and STARTTLS.

fault tls-wrong-name "The primary's certificate is for another name"
fault_tls-wrong-name() { certificate primary old-mail.net-it.com; }

fault tls-expired "The primary's certificate expired yesterday"
fault_tls-expired() { certificate primary "${host_name[primary]}" expired; }

fault tls-none "The primary's submission offers no STARTTLS, and takes passwords in clear text"
fault_tls-none() { listener primary 587 'smtpd_tls_security_level = none' 'smtpd_tls_auth_only = no'; }

fault mx-certificate-wrong-name "The MX's certificate is for another name"
fault_mx-certificate-wrong-name() { certificate gateway filter7.internal.example; }

fault mx-certificate-expired "The MX's certificate expired yesterday"
fault_mx-certificate-expired() { certificate gateway "${host_name[gateway]}" expired; }

fault mx-no-starttls 'The MX offers no STARTTLS'
fault_mx-no-starttls() { listener gateway 25 'smtpd_tls_security_level = none'; }

# DANE: the zone of the gateway's names, and the root, are signed by the fault. These come last, since what
# is signed can't be changed any more.
dane() { world_zone trendmicro.com "_25._tcp.in.hes  TLSA  $1"; }   # VALUE
old_key=3333333333333333333333333333333333333333333333333333333333333333

fault dane-renewed "The MX's certificate was renewed, and its TLSA records, signed, are the old and the new one"
fault_dane-renewed() { tls_reports; dane "3 1 1 $old_key"; dane "$(tlsa gateway)"; sign trendmicro.com; }

fault dane-mismatch "The MX's TLSA record, signed, is that of the old certificate"
fault_dane-mismatch() { tls_reports; dane "3 1 1 $old_key"; sign trendmicro.com; }

fault dane-unusable "The MX's TLSA record, signed, has a usage that is not for mail"
fault_dane-unusable() { tls_reports; dane "1 1 1 $old_key"; sign trendmicro.com; }

fault dane-unsigned "The MX has a TLSA record, and its zone is not signed"
fault_dane-unsigned() { dane "$(tlsa gateway)"; sign; }

fault dane-bogus "The MX's TLSA record was changed after its zone was signed"
fault_dane-bogus() {
    dane "3 1 1 $old_key"
    sign trendmicro.com && edit world/zones/trendmicro.com.zone 's/(TLSA\s+3 1 1 )3/\14/'
}
