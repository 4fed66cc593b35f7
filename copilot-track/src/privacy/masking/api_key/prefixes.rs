//! The prefixes of API keys, by kind of issuer.

/// Prefixes that must be followed by at least 16 characters, of which at least one is a digit.
#[rustfmt::skip]
pub(super) const PREFIXES: &[&str] = &[
    // Language models and related services.
    "sk-", "gsk_", "xai-", "pplx-", "r8_", "hf_", "api_org_", "nvapi-", "tgp_v1_", "pcsk_",
    "lsv2_pt_", "lsv2_sk_", "tvly-", "jina_", "csk-", "apify_api_", "e2b_", "wandb_v1_",
    // Cloud providers.
    "AKIA", "ASIA", "ABIA", "ACCA", "AIza", "ya29.", "GOCSPX-", "LTAI", "AKID", "dop_v1_",
    "doo_v1_", "dor_v1_", "hvs.", "hvb.", "hvr.", "dp.pt.", "dp.st.", "dp.ct.", "dp.sa.",
    "pscale_tkn_", "pscale_pw_", "pscale_oauth_", "sbp_", "sb_secret_", "tskey-", "napi_", "nfp_",
    "HRKU-", "FlyV1", "fo1_", "pul-", "rnd_", "mdb_sa_sk_", "bce-v3", "AQVN", "y0_", "y0__",
    // Source code and packages.
    "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "gldt-", "glrt-", "glcbt-",
    "glptt-", "glft-", "glimt-", "glagent-", "gloas-", "glsoat-", "glffct-", "npm_", "pypi-",
    "rubygems_", "dckr_pat_", "dckr_oat_", "ATATT3", "ATCTT3", "ATBB", "ATTA", "CCIPAT_", "CCIPRJ_",
    "bkua_", "sgp_", "sqp_", "squ_", "sqa_", "oy2",
    // Payments and shops.
    "sk_live_", "sk_test_", "pk_live_", "pk_test_", "rk_live_", "rk_test_", "whsec_", "rzp_live_",
    "rzp_test_", "shpat_", "shpss_", "shpca_", "shppa_", "sq0atp-", "sq0csp-", "FLWSECK-",
    "FLWSECK_TEST-", "shippo_live_", "shippo_test_", "EZAK", "EZTK", "access-production-",
    "access-sandbox-", "duffel_live_", "duffel_test_",
    // Messaging, documents, and telemetry.
    "xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxe-", "xoxc-", "xoxd-", "xapp-", "SG.",
    "xkeysib-", "xsmtpsib-", "lin_api_", "lin_oauth_", "ntn_", "figd_", "figo_", "PMAK-", "phx_",
    "sntrys_", "sntryu_", "glsa_", "glc_", "NRAK-", "NRII-", "NRJS-", "NRAL-", "hcaik_", "CFPAT-",
    "pat-na1-", "pat-eu1-", "tfp_", "dbtc_", "dbtu_", "pnu_", "rdme_", "aio_", "ops_",
    "AGE-SECRET-KEY-",
];
/// Prefixes that must be followed by exactly this number of letters and digits. The last value
/// tells whether all of them must be hexadecimal digits.
#[rustfmt::skip]
pub(super) const EXACT: &[(&str, usize, bool)] = &[
    ("SK", 32, true), ("key-", 32, true), ("dapi", 32, true), ("sbp", 40, true), ("fc-", 32, true),
    ("secret_", 43, false), ("live_", 30, false), ("test_", 30, false), ("fw_", 24, false),
    ("SCW", 17, false), ("sk_", 48, true), ("pat", 14, false),
];
/// Prefixes that must be followed by at least this number of characters. Shorter matches are
/// ordinary words.
pub(super) const LONG: &[(&str, usize)] = &[
    ("EAAA", 50),
    ("EAAC", 50),
    ("IGQV", 50),
    ("AAAAAAAAAAAAAAAAAAAA", 50),
];
/// Prefixes that identifiers in programs can also have. In a key, the prefix is followed by a run
/// of letters and digits that looks random.
pub(super) const RANDOM: &[&str] = &[
    "re_", "sdk-", "mob-", "pa-", "rpa_", "bb_live_", "vcp_", "ico-",
];
