"""The same work with Scrapy: fetch_scrapy.py ADDRESS PAGES IN_FLIGHT."""

import hashlib
import resource
import sys
import time

import scrapy
from scrapy.crawler import CrawlerProcess

ADDRESS, PAGES, IN_FLIGHT = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


class Pages(scrapy.Spider):
    name = "pages"

    async def start(self):
        for number in range(PAGES):
            yield scrapy.Request(f"http://{ADDRESS}/page?{number}", dont_filter=True)

    def parse(self, response):
        assert len(response.body) > 40_000
        hashlib.sha256(response.body).hexdigest()


process = CrawlerProcess(
    {
        "LOG_LEVEL": "ERROR",
        "CONCURRENT_REQUESTS": IN_FLIGHT,
        "CONCURRENT_REQUESTS_PER_DOMAIN": IN_FLIGHT,
        "DOWNLOAD_MAXSIZE": 2_000_000,
        "DOWNLOAD_DELAY": 0,
        "ROBOTSTXT_OBEY": False,
        "TELNETCONSOLE_ENABLED": False,
    }
)
before = resource.getrusage(resource.RUSAGE_SELF)
begin = time.time()
process.crawl(Pages)
process.start()
after = resource.getrusage(resource.RUSAGE_SELF)
cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
print(
    f"Scrapy: {PAGES} pages, {IN_FLIGHT} in flight: {PAGES / cpu:.0f} pages/CPU-s, "
    f"{PAGES / (time.time() - begin):.0f} pages/s, peak {after.ru_maxrss // 1000} MB"
)
