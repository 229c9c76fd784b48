"""Django's settings, derived from the environment (config.environment) and nothing else."""

from typing import Final
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from config import environment
from config.databases import from_url

ENVIRONMENT: Final = environment.from_process()

BASE_DIR = environment.ROOT
VAR_DIR = ENVIRONMENT.var_dir
DEBUG = ENVIRONMENT.debug
SECRET_KEY = ENVIRONMENT.secret_key
FIELD_KEYS = ENVIRONMENT.field_keys
INDEX_KEY = ENVIRONMENT.index_key
PUBLIC_BASE_URL = ENVIRONMENT.public_base_url
TWILIO_ACCOUNT_SID = ENVIRONMENT.account_sid
TWILIO_AUTH_TOKEN = ENVIRONMENT.auth_token
TWILIO_AUTH_TOKEN_PREVIOUS = ENVIRONMENT.auth_token_previous
TWILIO_API_BASE_URL = ENVIRONMENT.api_base_url
SENDERS = ENVIRONMENT.senders
HOME_COUNTRY = ENVIRONMENT.home_country
PRICES = ENVIRONMENT.prices
DEFAULT_LANGUAGE = ENVIRONMENT.default_language
SERVICE_NAME = ENVIRONMENT.service_name
TRIP_GRACE_DAYS = ENVIRONMENT.trip_grace_days
CAP_FEEDS = ENVIRONMENT.cap_feeds
DEMO = ENVIRONMENT.demo

# Who may answer a turn, in order: the first that claims it does.
DIALOGUES = [
    "core.dialogues.compliance.Compliance",
    "campaigns.announcing.Announcement",
    "campaigns.replies.LatestQuestion",
    "campaigns.late.LateCry",
    "campaigns.details.HelpDetails",
    "core.dialogues.line.Line",
    "core.dialogues.language_choice.LanguageChoice",
    "core.dialogues.retrace.Retrace",
    "core.dialogues.shared_phone.SharedPhone",
    "core.dialogues.second_phone.SecondPhone",
    "campaigns.acknowledging.Acknowledgement",
    "campaigns.inquiries.Word",
    "campaigns.replies.CampaignReply",
    "core.dialogues.staying.Staying",
    "core.dialogues.contact.Contact",
    "core.dialogues.registration.Registration",
    "core.dialogues.my_record.MyRecord",
    "core.dialogues.menu.Menu",
    "core.dialogues.fallback.Fallback",
]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "servestatic",
    "django.contrib.staticfiles",
    "axes",
    "channels",
    "csp",
    "django_htmx",
    "django_include_bootstrap",
    "django_rq",
    "core",
    "channels_sms",
    "channels_voice",
    "campaigns",
    "console",
    "config",
]
AUTH_USER_MODEL = "core.Officer"

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "console.context.shell",
            ]
        },
    }
]

DATABASES = {"default": from_url(ENVIRONMENT.database_url)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = ENVIRONMENT.redis_url or "redis://127.0.0.1:6379/0"
_QUEUE = {"URL": REDIS_URL, "DEFAULT_TIMEOUT": 600, "SERIALIZER": "rq.serializers.JSONSerializer"}
RQ_QUEUES = {name: dict(_QUEUE) for name in ("urgent", "campaign", "routine")}
RQ = {"COMMIT_MODE": "on_db_commit"}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL]},
    }
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}

PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "/console/login/"
LOGIN_REDIRECT_URL = "/console/"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_HANDLER = "axes.handlers.cache.AxesCacheHandler"
AXES_ENABLE_ADMIN = False
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "console/locked.html"

_HTTPS = PUBLIC_BASE_URL.startswith("https://")
_HOST = urlsplit(PUBLIC_BASE_URL).hostname or "127.0.0.1"
ALLOWED_HOSTS = sorted({_HOST, "127.0.0.1", "localhost", "[::1]"})
CSRF_TRUSTED_ORIGINS = [PUBLIC_BASE_URL]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _HTTPS else None
SECURE_SSL_REDIRECT = _HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000 if _HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _HTTPS
SECURE_HSTS_PRELOAD = _HTTPS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _HTTPS
SESSION_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600  # one long shift
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "media-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LOCALE_PATHS = [BASE_DIR / "locale"]
# An officer may work in every language that has a catalog; what it lacks appears in English.
LANGUAGES = [
    (path.name, path.name)
    for path in sorted(LOCALE_PATHS[0].iterdir())
    if path.name == LANGUAGE_CODE or (path / "LC_MESSAGES" / "django.po").exists()
]

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
SERVESTATIC_USE_FINDERS = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {
        # Whoever asks for readiness hears what is missing; it is no fault of the request.
        "faults": {
            "()": "django.utils.log.CallbackFilter",
            "callback": lambda record: record.args != ("Service Unavailable", "/readyz"),
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["faults"]}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        # These print what they carry: addresses with tokens, bodies, arguments.
        "twilio": {"level": "ERROR"},
        "rq": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
        "psycopg.pool": {"level": "ERROR"},
        "uvicorn": {"level": "WARNING"},
    },
}
