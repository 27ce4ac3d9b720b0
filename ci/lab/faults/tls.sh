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
