//! Dates as feeds and wires write them: what must be read, and what must not.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use dateline_wire::date::{Quality, parse};

/// Text, the moment to the second, and how much of it was written.
const READ: &[(&str, &str, Quality)] = &[
    // RFC 822, 1123, 2822
    ("Thu, 01 Jan 2004 19:48:21 GMT", "2004-01-01T19:48:21", Quality::Exact),
    ("Thu, 01 Jan 04 19:48:21 GMT", "2004-01-01T19:48:21", Quality::Exact),
    ("01 Jan 2004 19:48:21 GMT", "2004-01-01T19:48:21", Quality::Exact),
    ("01 Jan 2004 19:48 GMT", "2004-01-01T19:48:00", Quality::Exact),
    ("Thu, 1 Jan 2004 19:48:21 +0000", "2004-01-01T19:48:21", Quality::Exact),
    ("Thu,  5 Apr 2012 10:00:00 GMT", "2012-04-05T10:00:00", Quality::Exact),
    ("Wed, 07 Oct 98 09:30:00 EST", "1998-10-07T14:30:00", Quality::Exact),
    ("Tue, 07 Oct 2014 09:30:00 EDT", "2014-10-07T13:30:00", Quality::Exact),
    ("Tue, 07 Oct 2014 09:30:00 PST", "2014-10-07T17:30:00", Quality::Exact),
    ("Tue, 07 Oct 2014 09:30:00 JST", "2014-10-07T00:30:00", Quality::Exact),
    ("Tue, 07 Oct 2014 09:30:00 CET", "2014-10-07T08:30:00", Quality::Exact),
    ("Tue, 07 Oct 2014 09:30:00 CEST", "2014-10-07T07:30:00", Quality::Exact),
    ("Thu, 30 Apr 2012 08:57:00 MET", "2012-04-30T07:57:00", Quality::Exact),
    ("Thu, 30 Apr 2012 08:57:00 MEST", "2012-04-30T06:57:00", Quality::Exact),
    ("Tue, 07 Oct 2014 09:30:00 Z", "2014-10-07T09:30:00", Quality::Exact),
    ("Tue, 07 Oct 2014 09:30:00 UT", "2014-10-07T09:30:00", Quality::Exact),
    ("Tue, 07 Oct 2014 09:30:00 -0700 (PDT)", "2014-10-07T16:30:00", Quality::Exact),
    ("Tue, 07 Oct 2014 09:30:00 +05:30", "2014-10-07T04:00:00", Quality::Exact),
    ("Tue, 07 Oct 2014 09:30:00 +2", "2014-10-07T07:30:00", Quality::Exact),
    ("Wed, 22 Feb 2012 22:40:00 GMT-01:01", "2012-02-22T23:41:00", Quality::Exact),
    ("Wed, 22 Feb 2012 22:40:00 -01:01", "2012-02-22T23:41:00", Quality::Exact),
    ("Wed, 19 Aug 2009 18:28:00 Etc/GMT", "2009-08-19T18:28:00", Quality::Exact),
    ("Mon, 13 Feb, 2012 06:28:00 UTC", "2012-02-13T06:28:00", Quality::Exact),
    ("Tuesday, 07 October 2014 09:30:00 GMT", "2014-10-07T09:30:00", Quality::Exact),
    ("Tues, 07 Oct 2014 09:30:00 GMT", "2014-10-07T09:30:00", Quality::Exact),
    ("Wed, 10 Sept 2014 09:30:00 GMT", "2014-09-10T09:30:00", Quality::Exact),
    ("Thu, Apr 5 2012 10:00:00 GMT", "2012-04-05T10:00:00", Quality::Exact),
    ("Tue, 07-Oct-2014 09:30:00 GMT", "2014-10-07T09:30:00", Quality::Exact),
    ("Tuesday, 07-Oct-14 09:30:00 GMT", "2014-10-07T09:30:00", Quality::Exact),
    ("Fri, 2006/09/15 08:19:53 EDT", "2006-09-15T12:19:53", Quality::Exact),
    ("Tue, 07 Oct 2014 09:30:00", "2014-10-07T09:30:00", Quality::AssumedUtc),
    ("Tue, 07 Oct 2014 09:30:00 XYZ", "2014-10-07T09:30:00", Quality::AssumedUtc),
    ("Tue, 07 Oct 2014 09:30:00 CST", "2014-10-07T15:30:00", Quality::AmbiguousZone),
    ("Tue, 07 Oct 2014 09:30:00 IST", "2014-10-07T04:00:00", Quality::AmbiguousZone),
    ("Tue, 07 Oct 2014 09:30:00 BST", "2014-10-07T08:30:00", Quality::AmbiguousZone),
    ("07 Oct 2014", "2014-10-07T00:00:00", Quality::Day),
    ("October 2014", "2014-10-01T00:00:00", Quality::Month),
    // asctime, ctime and what people write
    ("Thu Jan  1 19:48:21 2004", "2004-01-01T19:48:21", Quality::AssumedUtc),
    ("Tue Oct  7 09:30:00 GMT 2014", "2014-10-07T09:30:00", Quality::Exact),
    ("Tue Oct 7 09:30:00 +0200 2014", "2014-10-07T07:30:00", Quality::Exact),
    ("October 7, 2014 9:30 AM", "2014-10-07T09:30:00", Quality::AssumedUtc),
    ("Oct 7, 2014, 9:30 pm EDT", "2014-10-08T01:30:00", Quality::Exact),
    ("Oct. 7, 2014 12:05 a.m", "2014-10-07T00:05:00", Quality::AssumedUtc),
    ("7th October 2014 at 09:30", "2014-10-07T09:30:00", Quality::AssumedUtc),
    ("26-FEB-1987 15:01:01.79", "1987-02-26T15:01:01", Quality::AssumedUtc),
    ("31/12/2004 10:00", "2004-12-31T10:00:00", Quality::AssumedUtc),
    ("12/31/2004", "2004-12-31T00:00:00", Quality::Day),
    // RFC 3339, W3C-DTF, ISO 8601
    ("2003-12-31T10:14:55Z", "2003-12-31T10:14:55", Quality::Exact),
    ("2003-12-31t10:14:55z", "2003-12-31T10:14:55", Quality::Exact),
    ("2003-12-31T10:14:55.123Z", "2003-12-31T10:14:55", Quality::Exact),
    ("2003-12-31T10:14:55,5+01:00", "2003-12-31T09:14:55", Quality::Exact),
    ("2003-12-31T10:14:55-08:00", "2003-12-31T18:14:55", Quality::Exact),
    ("2003-12-31T10:14:55+0800", "2003-12-31T02:14:55", Quality::Exact),
    ("2003-12-31T10:14Z", "2003-12-31T10:14:00", Quality::Exact),
    ("2003-12-31T10:14-08:00", "2003-12-31T18:14:00", Quality::Exact),
    ("2003-12-31 10:14:55", "2003-12-31T10:14:55", Quality::AssumedUtc),
    ("2003-12-31 10:14:55 +01:00", "2003-12-31T09:14:55", Quality::Exact),
    ("2003-12-31 10:14:55 UTC", "2003-12-31T10:14:55", Quality::Exact),
    ("2003-12-31T10:14:55", "2003-12-31T10:14:55", Quality::AssumedUtc),
    ("20031231T101455Z", "2003-12-31T10:14:55", Quality::Exact),
    ("20031231", "2003-12-31T00:00:00", Quality::Day),
    ("2003/12/31 10:14", "2003-12-31T10:14:00", Quality::AssumedUtc),
    ("2003-365", "2003-12-31T00:00:00", Quality::Day),
    ("2004-366T10:00:00Z", "2004-12-31T10:00:00", Quality::Exact),
    ("2003-12-31", "2003-12-31T00:00:00", Quality::Day),
    ("2003-12", "2003-12-01T00:00:00", Quality::Month),
    ("2003", "2003-01-01T00:00:00", Quality::Year),
    ("2004-02-29T00:00:00Z", "2004-02-29T00:00:00", Quality::Exact),
    ("2003-12-31T24:00:00Z", "2004-01-01T00:00:00", Quality::Exact),
    ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00", Quality::Exact),
    ("1969-07-20T20:17:40Z", "1969-07-20T20:17:40", Quality::Exact),
    ("  2003-12-31T10:14:55Z\n", "2003-12-31T10:14:55", Quality::Exact),
];

/// What is no date, no real one, or more than one.
const REFUSED: &[&str] = &[
    "",
    "yesterday",
    "Thu, 31 Feb 2011 10:00:00 GMT",
    "Thu, 30 Jun 2012 31:00:00 GMT",
    "2003-02-29",
    "2003-13-01",
    "2003-12-32T10:00:00Z",
    "2003-12-31T10:60:00Z",
    "2003-12-31T25:00:00Z",
    "2003-366",
    "2003-12-31T10:14:55+25:00",
    "01/02/2004",
    "12:30:00",
    "October",
    "7 Oct",
    "1 2 3 4 5 Oct 2014",
    "Tue, 07 Oct 2014 09:30:00 10:00:00",
    "0000-01-01",
];

#[test]
fn reads_what_is_written() {
    for (text, moment, quality) in READ {
        let date = parse(text).unwrap_or_else(|| panic!("{text:?} was not read"));
        assert_eq!(&date.at.to_string()[..19], *moment, "{text:?}");
        assert_eq!(date.quality, *quality, "{text:?}");
    }
}

#[test]
fn refuses_what_is_no_date() {
    for text in REFUSED {
        assert_eq!(parse(text), None, "{text:?}");
    }
}
